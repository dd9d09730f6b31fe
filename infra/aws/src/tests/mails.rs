use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag,
};

use super::*;
use crate::SentMail;

fn content(data: &str) -> Content {
    Content::builder()
        .data(data)
        .charset("UTF-8")
        .build()
        .expect("the data is set")
}

fn tag(name: &str, value: &str) -> MessageTag {
    MessageTag::builder()
        .name(name)
        .value(value)
        .build()
        .expect("both are set")
}

fn mail(aws: &Aws) -> SendEmailFluentBuilder {
    aws.verify_sender("example.com");
    let header = MessageHeader::builder()
        .name("Auto-Submitted")
        .value("auto-generated")
        .build();
    let body = Body::builder()
        .text(content("Bonjour"))
        .html(content("<p>Bonjour</p>"))
        .build();
    let message = Message::builder()
        .subject(content("Facture échue"))
        .body(body)
        .headers(header.expect("both are set"));
    let to = Destination::builder()
        .to_addresses("Eve <eve@customer.example>")
        .cc_addresses("boss@customer.example");
    aws_sdk_sesv2::Client::new(&config(aws))
        .send_email()
        .from_email_address("Example <billing@example.com>")
        .reply_to_addresses("sales@example.com")
        .destination(to.build())
        .content(EmailContent::builder().simple(message.build()).build())
        .email_tags(tag("claim", "0a1b"))
        .configuration_set_name(stack::CONFIGURATION_SET)
}

#[tokio::test]
async fn a_mail_is_kept_whole() {
    let aws = started();
    let sent = mail(&aws).send().await.expect("a good mail");
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expected = SentMail {
        message_id: sent.message_id.expect("SES names each mail"),
        at: instant(START),
        from: "Example <billing@example.com>".to_owned(),
        to: texts(&["Eve <eve@customer.example>"]),
        cc: texts(&["boss@customer.example"]),
        bcc: Vec::new(),
        reply_to: texts(&["sales@example.com"]),
        subject: "Facture échue".to_owned(),
        text: Some("Bonjour".to_owned()),
        html: Some("<p>Bonjour</p>".to_owned()),
        headers: vec![("Auto-Submitted".to_owned(), "auto-generated".to_owned())],
        attachments: Vec::new(),
        tags: vec![("claim".to_owned(), "0a1b".to_owned())],
        configuration_set: Some(stack::CONFIGURATION_SET.to_owned()),
    };
    assert_eq!(aws.outbox(), [expected]);
}

#[tokio::test]
async fn two_mails_have_two_ids() {
    let aws = started();
    let first = mail(&aws).send().await.expect("a good mail");
    let second = mail(&aws).send().await.expect("a good mail");
    assert_ne!(first.message_id, second.message_id);
}

#[tokio::test]
async fn a_sender_that_is_not_verified_is_refused() {
    let aws = started();
    let (code, message) = refusal(
        mail(&aws)
            .from_email_address("billing@sub.example.com")
            .send()
            .await,
    );
    assert_eq!(code, "MessageRejected");
    assert!(message.contains("billing@sub.example.com"), "{message}");
    assert_eq!(aws.outbox(), []);
}

#[tokio::test]
async fn an_unknown_configuration_set_is_refused() {
    let aws = started();
    assert_eq!(
        refusal(mail(&aws).configuration_set_name("unknown").send().await).0,
        "NotFoundException"
    );
}

#[tokio::test]
async fn addresses_and_tags_that_ses_cannot_carry_are_refused() {
    let aws = started();
    for to in ["", "nobody", "ève@customer.example", "a b@customer.example"] {
        let to = Destination::builder().to_addresses(to).build();
        assert_eq!(
            refusal(mail(&aws).destination(to).send().await).0,
            "BadRequestException"
        );
    }
    let nobody = mail(&aws).destination(Destination::builder().build());
    assert_eq!(refusal(nobody.send().await).0, "BadRequestException");
    let tagged = mail(&aws).email_tags(tag("debtor", "stripe#default"));
    assert_eq!(refusal(tagged.send().await).0, "BadRequestException");
    assert_eq!(aws.outbox(), []);
}

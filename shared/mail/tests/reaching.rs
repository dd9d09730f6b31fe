//! What proves that a mail has not left: a real client, on real sockets that refuse, break and fall silent.

use std::collections::BTreeMap;
use std::io;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_types::SdkConfig;
use aws_types::region::Region;
use dunning::policy::Sender;
use dunning::rules::Copies;
use dunning::rules::Retry;
use dunning::value::{ClaimId, EmailAddress, FileKey};
use mail::{Mail, Mailer, Rendered, SendError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One that sends as the deployed function does, to this address.
fn mailer(endpoint: &str) -> Mailer {
    let credentials = Credentials::new("AKIDTEST", "test", None, None, "the test");
    let config = SdkConfig::builder()
        .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .endpoint_url(endpoint)
        .build();
    Mailer::new(&runtime::patient(&config), "set".to_owned(), 1)
}

fn a_mail() -> Mail {
    let address = |text| EmailAddress::parse(text).unwrap();
    Mail {
        from: Sender {
            name: "Accounts".to_owned(),
            names: BTreeMap::new(),
            email: address("accounts@example.com"),
            reply_to: None,
            account_manager: false,
        },
        to: address("compta@client.example.com"),
        copies: Copies::default(),
        rendered: Rendered {
            subject: "An invoice".to_owned(),
            html: "<p>An invoice</p>".to_owned(),
            text: "An invoice".to_owned(),
        },
        attachments: Vec::new(),
        follows: Vec::new(),
        file: FileKey::Team,
        claim: ClaimId::parse("000000000000000000000001").unwrap(),
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address.to_string())
}

/// Reads a request to its end.
async fn request(stream: &mut TcpStream) -> io::Result<()> {
    let (mut read, mut length) = (Vec::new(), None);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let expected = *length.get_or_insert(header.map_or(0, |n| n.parse().unwrap()));
            if body.len() >= expected {
                return Ok(());
            }
        }
    }
}

fn assert_not_reached(answer: Result<String, SendError>) {
    let Err(SendError::Refused { code, retry }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!((code.as_str(), retry), ("no connection", Retry::NotReached));
}

fn assert_unknown(answer: Result<String, SendError>) {
    assert!(
        matches!(answer, Err(SendError::Unknown { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn fault_29_a_port_at_which_nobody_listens_proves_that_nothing_left() {
    let (listener, address) = listener().await;
    drop(listener);
    assert_not_reached(mailer(&format!("http://{address}")).send(a_mail()).await);
}

#[tokio::test]
async fn a_host_without_an_address_proves_that_nothing_left() {
    // No name has so long a part, so that no server of names is asked.
    let host = format!("{}.invalid", "x".repeat(64));
    assert_not_reached(mailer(&format!("http://{host}")).send(a_mail()).await);
}

#[tokio::test]
async fn a_refused_tls_proves_that_nothing_left() {
    let (listener, address) = listener().await;
    let refuses = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        // A fatal alert: handshake failure.
        stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await.unwrap();
    };
    let mailer = mailer(&format!("https://{address}"));
    let (answer, ()) = tokio::join!(mailer.send(a_mail()), refuses);
    assert_not_reached(answer);
}

#[tokio::test]
async fn a_tls_that_ends_before_it_began_proves_that_nothing_left() {
    let (listener, address) = listener().await;
    let hangs_up = async { drop(listener.accept().await.unwrap()) };
    let mailer = mailer(&format!("https://{address}"));
    let (answer, ()) = tokio::join!(mailer.send(a_mail()), hangs_up);
    assert_not_reached(answer);
}

#[tokio::test]
async fn a_connection_that_closes_once_the_request_was_read_proves_nothing() {
    let (listener, address) = listener().await;
    let reads = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await.unwrap();
    };
    let mailer = mailer(&format!("http://{address}"));
    let (answer, ()) = tokio::join!(mailer.send(a_mail()), reads);
    assert_unknown(answer);
}

#[tokio::test]
async fn a_connection_that_closes_at_once_proves_nothing() {
    let (listener, address) = listener().await;
    let hangs_up = async { drop(listener.accept().await.unwrap()) };
    let mailer = mailer(&format!("http://{address}"));
    let (answer, ()) = tokio::join!(mailer.send(a_mail()), hangs_up);
    assert_unknown(answer);
}

#[tokio::test]
async fn an_answer_that_breaks_off_proves_nothing() {
    let (listener, address) = listener().await;
    let breaks_off = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-le")
            .await
            .unwrap();
    };
    let mailer = mailer(&format!("http://{address}"));
    let (answer, ()) = tokio::join!(mailer.send(a_mail()), breaks_off);
    assert_unknown(answer);
}

/// Takes a mail, and keeps the connection.
async fn takes_one(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    request(&mut stream).await.unwrap();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"MessageId\":\"1\"}";
    stream.write_all(answer).await.unwrap();
    stream
}

/// Lambda freezes a function between two events, and its connections are cut meanwhile.
#[tokio::test]
async fn what_was_frozen_takes_no_connection_of_before_for_a_mail() {
    let (listener, address) = listener().await;
    let mailer = mailer(&format!("http://{address}"));
    let (first, connection) = tokio::join!(mailer.send(a_mail()), takes_one(&listener));
    assert_eq!(first.unwrap(), "1");
    drop(connection);
    // Nothing of this thread runs now, the client included. How long a connection lay idle, the client asks the
    // machine's clock, which no test can turn.
    std::thread::sleep(runtime::SURELY_ALIVE);
    let (second, _) = tokio::join!(mailer.send(a_mail()), takes_one(&listener));
    assert_eq!(second.unwrap(), "1");
}

#[tokio::test]
async fn a_connection_of_an_earlier_mail_that_dies_proves_nothing() {
    let (listener, address) = listener().await;
    let takes_one = async {
        let mut stream = takes_one(&listener).await;
        request(&mut stream).await.unwrap();
        // Nobody listens any more: whoever tries again is refused, and must not say so.
        drop(listener);
        drop(stream);
    };
    let mailer = mailer(&format!("http://{address}"));
    let both = async {
        let first = mailer.send(a_mail()).await;
        (first, mailer.send(a_mail()).await)
    };
    let ((first, second), ()) = tokio::join!(both, takes_one);
    assert_eq!(first.unwrap(), "1");
    assert_unknown(second);
}

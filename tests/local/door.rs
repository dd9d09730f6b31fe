//! What came in by the door and was lost there, by the numbers under which it was reported.

use dunning::value::SourceName;
use serde_json::json;

use crate::scene::{Scene, event, finalized, paid, policy_dir};

type Spoil = fn(String) -> Vec<u8>;

#[tokio::test]
async fn fault_10_a_payment_is_read_however_its_bytes_are_spoilt() {
    let spoilt: [(&str, Spoil); 4] = [
        ("cut inside an emoji", |body| {
            body.replace("Ateliers", "Ateliers \\ud83d").into_bytes()
        }),
        ("a byte order mark", |body| {
            [b"\xef\xbb\xbf", body.as_bytes()].concat()
        }),
        ("Latin-1", |body| {
            let (before, after) = body.split_once("Ateliers").unwrap();
            [before.as_bytes(), b"Ren\xe9", after.as_bytes()].concat()
        }),
        ("a line break", |body| {
            body.replace("Ateliers", "Ate\nliers").into_bytes()
        }),
    ];
    for (what, spoil) in spoilt {
        let mut scene = Scene::new().await;
        scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
        let body = spoil(paid("in_1", "2027-01-20T10:00:00Z").to_string());
        let (status, text) = scene.post_bytes(&body).await;
        assert_eq!((status, text.as_str()), (200, "stored\n"), "{what}");
        assert_eq!(scene.closed("cus_1").await.len(), 1, "{what}");
    }
}

#[tokio::test]
async fn fault_10_what_is_signed_and_cannot_be_read_is_kept_and_told() {
    let mut scene = Scene::new().await;
    let (status, text) = scene.post_bytes(b"{\"id\": \"evt_1\", ").await;
    assert_eq!(
        (status, text.as_str()),
        (200, "not understood, kept in the inbox\n")
    );
    scene.advance_to("2027-01-11T12:00:00Z").await;
    let told = scene.world.mails()[0].sent.text.clone().unwrap();
    assert!(told.contains("delivery of stripe"), "{told}");
}

#[tokio::test]
async fn fault_4_several_events_of_one_delivery_under_one_id_are_each_taken_in() {
    let mut scene = scene_with_a_tool_of_ours("one-id", EACH_BILL).await;
    let delivery = json!({ "delivery": "d-1", "bills": [
        { "no": "R-1", "left": "100.00" }, { "no": "R-2", "left": "200.00" }, { "no": "R-3", "left": "300.00" },
    ] });
    assert_eq!(
        post_to_ours(&mut scene, &delivery).await,
        (200, "stored\n".to_owned())
    );
    let file = scene.world.debtors().into_iter().next().unwrap();
    let file = scene.world.ledger.file(&file).await.unwrap().unwrap().file;
    assert_eq!(file.open.len(), 3);
}

/// Says each bill of a delivery under the delivery's id.
const EACH_BILL: &str = r#".delivery as $id | .bills[] | {
    id: $id, at: "2027-01-11T10:00:00Z", customer: "c-1",
    invoice: {id: .no, number: .no, status: "open", currency: "EUR", total: .left, remaining: .left,
      due_on: "2027-02-15", collection: "send_invoice"},
    debtor: {name: "Client", email: "compta@client.example.com", country: "FR"}
}"#;

const KEY: &str = "a-long-key-of-the-tests";

async fn scene_with_a_tool_of_ours(name: &str, filter: &str) -> Scene {
    let scene = Scene::with_policy(folder_with_a_tool_of_ours(name, filter)).await;
    let acme = SourceName::parse("acme").unwrap();
    scene.world.put_secret(&acme, KEY).await.unwrap();
    scene
}

async fn post_to_ours(scene: &mut Scene, delivery: &serde_json::Value) -> (u16, String) {
    let body = delivery.to_string();
    scene
        .world
        .post("acme", &[("X-Key", KEY)], body.as_bytes())
        .await
}

#[tokio::test]
async fn a_filter_without_an_end_loses_nothing_that_it_said_before_and_is_told() {
    for endless in [
        "def f: f; f",
        "[range(1e9)]",
        "def f: 1 + f; f",
        "[repeat(\"x\" * 1000)]",
    ] {
        let filter = format!("({EACH_BILL}), (if .loops then {endless} else empty end)");
        let mut scene = scene_with_a_tool_of_ours("endless", &filter).await;
        let bills = json!([{ "no": "R-1", "left": "100.00" }]);
        let delivery = json!({ "delivery": "d-1", "bills": bills, "loops": true });
        let (status, text) = post_to_ours(&mut scene, &delivery).await;
        assert_eq!(
            (status, text.as_str()),
            (200, "understood in part, kept in the inbox\n"),
            "{endless}"
        );
        assert_eq!(scene.world.debtors().len(), 1, "{endless}");
        let day = jiff::civil::date(2027, 1, 11);
        let acme = SourceName::parse("acme").unwrap();
        let inbox = scene.world.ledger.inbox(&acme, day).await.unwrap();
        assert!(
            inbox[0].why.contains("filter failed"),
            "{endless}: {}",
            inbox[0].why
        );
        scene.advance_to("2027-01-11T12:00:00Z").await;
        let told = scene.world.mails()[0].sent.text.clone().unwrap();
        assert!(told.contains("d-1/1"), "{endless}: {told}");
    }
}

/// The tests' policy, with a tool of the test's own.
fn folder_with_a_tool_of_ours(name: &str, filter: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("relance-door-{name}-{}", std::process::id()));
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources).unwrap();
    let policy = std::fs::read_to_string(policy_dir().join("relance.toml")).unwrap();
    let acme = "[sources.acme]\nmode = \"live\"\ntime_zone = \"Europe/Paris\"\n";
    let (before, after) = policy.split_once("[[steps]]").unwrap();
    let policy = format!("{before}{acme}\n[[steps]]{after}");
    std::fs::write(folder.join("relance.toml"), policy).unwrap();
    let manifest = "[event]\nid = \"/delivery\"\n\n[[credentials]]\nform = \"header\"\nname = \"X-Key\"\n\n[amounts]\nunit = \"major\"\n";
    std::fs::write(sources.join("acme.toml"), manifest).unwrap();
    std::fs::write(sources.join("acme.jq"), filter).unwrap();
    folder
}

#[tokio::test]
async fn fault_8_a_due_date_at_the_end_of_the_calendar_is_answered_kept_and_told() {
    for due in [253_402_214_400_i64, -377_673_580_800] {
        let mut scene = Scene::new().await;
        let differs = json!({ "due_date": due });
        let absurd = event("finalized", "in_1", "2027-01-11T10:00:00Z", differs);
        let (status, text) = scene.post(&absurd).await;
        assert_eq!(
            (status, text.as_str()),
            (200, "not understood, kept in the inbox\n")
        );
        // Paid, it silences whatever its due date says.
        let differs = json!({ "due_date": due, "status": "paid", "amount_paid": 120_000, "amount_remaining": 0 });
        scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
        scene
            .hear(&event("paid", "in_1", "2027-01-20T10:00:00Z", differs))
            .await;
        assert_eq!(scene.closed("cus_1").await.len(), 1);
    }
}

#[tokio::test]
async fn fault_35_an_absurd_amount_keeps_no_other_mail_from_leaving() {
    let mut scene = Scene::new().await;
    let absurd = json!({ "amount_due": i64::MAX, "amount_remaining": i64::MAX });
    let (status, text) = scene
        .post(&event(
            "finalized",
            "in_absurd",
            "2027-01-11T10:00:00Z",
            absurd,
        ))
        .await;
    assert_eq!(
        (status, text.as_str()),
        (200, "not understood, kept in the inbox\n")
    );
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-02-01T20:00:00Z").await;
    let to_the_debtor = scene
        .world
        .mails()
        .iter()
        .filter(|mail| mail.step.is_some());
    assert_eq!(to_the_debtor.count(), 1);
}

//! What the policy asks of people reaches the team.

use dunning::file::Pause;

use crate::scene::{Scene, finalized};
use crate::tools::Folder;

#[tokio::test]
async fn a_call_is_asked_of_the_team_once_and_not_while_everything_stands_still() {
    let call = "[[steps]]\nid = \"call-25\"\non = \"due + 25 days\"\ntask = \"call\"\n";
    let folder = Folder::with_policy("asked-to-call", call);
    let mut scene = Scene::with_policy(folder.path().to_owned()).await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    scene.advance_to("2027-03-11T20:00:00Z").await;
    let ledger = scene.world.ledger.clone();
    let pause = Some(Pause { until: None });
    let now = scene.world.clock.now();
    ledger.put_standstill(pause, now).await.unwrap();
    scene.advance_to("2027-03-15T20:00:00Z").await;
    let asked = "call-25: the team was asked to call the debtor";
    assert_eq!(scene.journal("cus_1").await.matches(asked).count(), 0);
    let now = scene.world.clock.now();
    ledger.put_standstill(None, now).await.unwrap();
    scene.advance_to("2027-03-19T20:00:00Z").await;
    assert_eq!(scene.journal("cus_1").await.matches(asked).count(), 1);
    let done = "relance done in_1 --stack";
    let mails = scene.world.mails().iter();
    let told = mails.filter(|mail| {
        let text = mail.sent.text.as_deref();
        text.is_some_and(|text| text.contains(done))
    });
    assert_eq!(told.count(), 1, "{}", scene.mails());
}

#[tokio::test]
async fn whoever_decides_in_the_teams_place_hears_of_what_waited_for_two_days_and_of_nothing_else()
{
    let folder = Folder::with_policy("deputy", "");
    let policy = std::fs::read_to_string(folder.path().join("relance.toml")).unwrap();
    let policy = policy
        .replacen("team = ", "deputy = \"director@example.com\"\nteam = ", 1)
        .replacen(
            "id = \"late-3\"",
            "id = \"late-3\"\napproval = \"required\"",
            1,
        );
    std::fs::write(folder.path().join("relance.toml"), policy).unwrap();
    let mut scene = Scene::with_policy(folder.path().to_owned()).await;
    scene.hear(&finalized("in_1", "2027-01-11T10:00:00Z")).await;
    // Asked for three working days before Thursday the 18th.
    scene.advance_to("2027-02-16T20:00:00Z").await;
    let to_the_deputy = |scene: &Scene| -> Vec<String> {
        let mails = scene.world.mails().iter();
        let told = mails.filter(|mail| mail.sent.cc == ["director@example.com"]);
        told.filter_map(|mail| mail.sent.text.clone()).collect()
    };
    assert_eq!(to_the_deputy(&scene), [""; 0]);
    scene.advance_to("2027-02-26T20:00:00Z").await;
    let told = to_the_deputy(&scene);
    assert_eq!(told.len(), 1, "{}", scene.mails());
    assert!(told[0].contains("relance approve in_1"), "{}", told[0]);
}

"""`relance doctor`, on the deployed stack: each fault is made, one by one, and found.

Where the emulator does not know what AWS would answer, a front answers in its place, for that API alone.
"""

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import CLOCKWORK
from policy import Policy
from server import Handler, Server
from ses_front import SesFront
from stack import SECRETS, Stack

POLICY = Path(__file__).parents[2] / "infra" / "policy"
DOMAIN = {
    "IdentityType": "DOMAIN",
    "VerifiedForSendingStatus": True,
    "VerificationStatus": "SUCCESS",
    "DkimAttributes": {"SigningEnabled": True, "Status": "SUCCESS", "Tokens": ["abc"]},
    "MailFromAttributes": {
        "MailFromDomain": "mail.example.com",
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    },
}
ACCOUNT = {
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 7.0},
    "SendingEnabled": True,
}
NOT_FOUND = (404, {"message": "no such thing"}, "NotFoundException")
CBOR = "rpc-v2-cbor"
DMARC = {"_dmarc.example.com": ["v=DMARC1; p=none"]}


class Front(Server):
    """Answers some requests itself, and hands on the others."""

    def __init__(self, behind: str, host: str | None = None) -> None:
        # By the beginning of the path: status, body, kind of error; or who says so.
        self.answers: dict[str, tuple[int, object, str] | Callable[[], tuple[int, object, str]]] = {}
        front, target = self, urlsplit(behind)

        class Answers(Handler):
            def answer(self) -> None:
                body = self.body()
                path = unquote(self.path)
                known = [known for known in front.answers if path.startswith(known)]
                if known:
                    answer = front.answers[max(known, key=len)]
                    status, content, kind = answer() if callable(answer) else answer
                    content = content if isinstance(content, (str, bytes)) else json.dumps(content)
                    self.reply(status, content if isinstance(content, bytes) else content.encode(), kind)
                    return
                own = ("connection", "host") if host else ("connection",)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
                if host is not None:
                    headers["Host"] = host
                url = f"http://{target.netloc}{self.path}"
                request = urllib.request.Request(url, body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=60) as answer:
                        self.reply(answer.status, answer.read(), "")
                except urllib.error.HTTPError as error:
                    self.reply(error.code, error.read(), error.headers.get("x-amzn-errortype", ""))

            do_GET = do_POST = do_PUT = answer  # noqa: N815

            def reply(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                if kind == CBOR:
                    self.send_header("smithy-protocol", CBOR)
                    self.send_header("Content-Type", "application/cbor")
                elif kind:
                    self.send_header("x-amzn-errortype", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(Answers)


def cbor(value: object) -> bytes:
    """RFC 8949, as far as alarms need it."""

    def head(major: int, count: int) -> bytes:
        return bytes([major << 5 | 25]) + struct.pack("!H", count)

    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return head(5, len(value)) + b"".join(cbor(part) for pair in value.items() for part in pair)
    raise TypeError(type(value))


class Names:
    """A resolver that knows a few texts (RFC 1035, 4.1)."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            asked, client = self._socket.recvfrom(2048)
            labels, place = [], 12
            while (length := asked[place]) > 0:
                labels.append(asked[place + 1 : place + 1 + length].decode())
                place += 1 + length
            question = asked[12 : place + 5]
            texts = self.texts.get(".".join(labels).lower(), [])
            answers = b""
            for text in texts:
                data = b"".join(bytes([len(part)]) + part for part in _parts(text.encode()))
                answers += struct.pack("!HHHIH", 0xC00C, 16, 1, 60, len(data)) + data
            code = 0 if texts else 3
            header = asked[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(texts), 0, 0)
            self._socket.sendto(header + question + answers, client)


def _parts(text: bytes) -> list[bytes]:
    return [text[start : start + 255] for start in range(0, len(text), 255)]


class Doctor:
    def __init__(self, stack: Stack, binary: str) -> None:
        self.stack, self.binary, self.names = stack, binary, Names()
        self.ses, self.sns, self.alarm = Front(stack.endpoint), Front(stack.endpoint), Front(stack.endpoint)
        port = stack.endpoint.rsplit(":", 1)[1]
        self.door = Front(stack.endpoint, f"{stack.resources['Api']}.execute-api.localhost:{port}")

    def well(self) -> None:
        """As everything should be."""
        self.ses.answers = {
            "/v2/email/identities/example.com": (200, DOMAIN, ""),
            "/v2/email/suppression/addresses/": NOT_FOUND,
        }
        self.sns.answers, self.door.answers = {}, {}
        self.alarm.answers = {"/service/": self.described}
        self.names.texts = dict(DMARC)
        client = self.stack.client("cloudwatch")
        for alarm in client.describe_alarms(MaxRecords=100)["MetricAlarms"]:
            client.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="the test says so")

    def described(self) -> tuple[int, bytes, str]:
        """The emulator's alarms, in the words of AWS's current clients, for which it lacks a library."""
        alarms = self.stack.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]
        wanted = ("AlarmName", "AlarmDescription", "StateValue", "ActionsEnabled")
        told = [{name: alarm[name] for name in wanted if name in alarm} for alarm in alarms]
        return 200, cbor({"MetricAlarms": told}), CBOR

    def run(self, *options: str, **environment: str) -> tuple[int, dict]:
        done = self.say("--json", *options, **environment)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def say(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        if not any(option.startswith("--policy") for option in options):
            options = (*options, "--policy", str(POLICY))
        door = f"--door={self.door.url}/webhooks/{{source}}"
        command = [self.binary, "doctor", "--dns", self.names.address, door, *options]
        known = {"AWS_ENDPOINT_URL_SESV2": self.ses.url, "AWS_ENDPOINT_URL_SNS": self.sns.url}
        known["AWS_ENDPOINT_URL_CLOUDWATCH"] = self.alarm.url
        whole = {**os.environ, **known, **environment}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=whole)

    def finds(self, check: str, *options: str, **environment: str) -> list[dict]:
        """The findings about one thing."""
        findings = self.run(*options, **environment)[1]["findings"]
        return [finding for finding in findings if finding["check"] == check]

    def finds_wrong(self, check: str, says: str, mend: str, *options: str, **environment: str) -> None:
        found = self.finds(check, *options, **environment)
        wrong = [finding for finding in found if finding["state"] == "wrong"]
        assert any(says in finding["says"] and mend in finding["mend"] for finding in wrong), found


@pytest.fixture(scope="module")
def room(stack: Stack, rules: Policy, binary: str) -> Iterator[Doctor]:
    assert rules.steps  # the functions have a policy to start with
    doctor = Doctor(stack, binary)
    events, clockwork = stack.client("events"), [stack.resources[rule] for rule in CLOCKWORK]
    for rule in clockwork:
        events.enable_rule(Name=rule)
    yield doctor
    for rule in clockwork:
        events.disable_rule(Name=rule)  # the other tests say when
    for front in (doctor.ses, doctor.sns, doctor.alarm, doctor.door):
        front.close()


@pytest.fixture
def doctor(room: Doctor) -> Doctor:
    room.well()
    return room


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], str]:
    """A copy of the policy in which something else stands."""

    def change(before: str, after: str) -> str:
        folder = tmp_path / "policy"
        shutil.copytree(POLICY, folder)
        file = folder / "relance.toml"
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))
        return f"--policy={folder}"

    return change


def test_a_stack_to_which_nothing_is_wanting_is_healthy(doctor: Doctor) -> None:
    code, told = doctor.run()
    wanting = [finding for finding in told["findings"] if finding["state"] in ("wrong", "unknown")]
    assert wanting == []
    assert (code, told["healthy"]) == (0, True)
    said = doctor.say()
    assert said.returncode == 0, said.stderr
    for check in ("credentials", "sandbox", "dkim", "secret", "concurrency", "policy", "probe"):
        assert re.search(rf"^✓ {check} ", said.stdout, re.MULTILINE), said.stdout
    # What is not known gets no tick: whether Stripe's own reminders are off.
    assert re.search(r"^- reminders +stripe's own reminders must be off", said.stdout, re.MULTILINE)


def test_no_credentials_no_region_and_no_stack_are_told_apart(doctor: Doctor) -> None:
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    doctor.finds_wrong("credentials", "there are no credentials", "aws login", **nothing)
    nowhere = {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
    doctor.finds_wrong("credentials", "no region is known", "AWS_REGION", **nowhere)
    doctor.finds_wrong("stack", "there is no stack `nobodys` in us-east-1", "sam deploy", "--stack=nobodys")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        (found,) = doctor.finds("stack", AWS_ENDPOINT_URL_CLOUDFORMATION=nobody)
    assert found["state"] == "unknown"
    assert "AWS cannot be reached for cloudformation:DescribeStacks" in found["says"]


def test_the_sandbox_is_found(doctor: Doctor) -> None:
    ses = doctor.stack.client("sesv2")
    site = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
    ses.put_account_details(**site, ProductionAccessEnabled=False)
    try:
        doctor.finds_wrong("sandbox", "only verified addresses", "--production-access-enabled")
    finally:
        ses.put_account_details(**site, ProductionAccessEnabled=True)


def test_sending_that_is_paused_and_a_quota_that_is_spent_are_found(doctor: Doctor) -> None:
    account = "/v2/email/account"
    doctor.ses.answers[account] = (200, ACCOUNT | {"SendingEnabled": False}, "")
    doctor.finds_wrong("sending", "sending is paused", "--sending-enabled")
    doctor.ses.answers[account] = (200, ACCOUNT | {"EnforcementStatus": "PROBATION"}, "")
    doctor.finds_wrong("sending", "PROBATION", "aws support")
    spent = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 200.0}
    doctor.ses.answers[account] = (200, ACCOUNT | {"SendQuota": spent}, "")
    doctor.finds_wrong("quota", "200 of 200 mails", "service-quotas")


def test_a_sender_that_ses_does_not_know_or_has_not_verified_is_found(
    doctor: Doctor, changed: Callable[[str, str], str]
) -> None:
    folder = changed("accounts@example.com", "accounts@nobodys.example")
    mend = "create-email-identity --email-identity nobodys.example"
    doctor.finds_wrong("identity", "SES does not know accounts@nobodys.example", mend, folder)
    pending = DOMAIN | {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"}
    doctor.ses.answers["/v2/email/identities/example.com"] = (200, pending, "")
    doctor.finds_wrong("identity", "example.com is not verified", "abc._domainkey.example.com CNAME")


def test_what_a_domain_lacks_in_dns_is_found(doctor: Doctor) -> None:
    unsigned = {"SigningEnabled": True, "Status": "PENDING", "Tokens": ["abc"]}
    lacking = DOMAIN | {"DkimAttributes": unsigned, "MailFromAttributes": {}}
    doctor.ses.answers["/v2/email/identities/example.com"] = (200, lacking, "")
    doctor.names.texts = {}
    doctor.finds_wrong("dkim", "are not signed (PENDING)", "abc.dkim.amazonses.com")
    doctor.finds_wrong("spf", "example.com does not say", "--mail-from-domain mail.example.com")
    doctor.finds_wrong("dmarc", "example.com has no policy", '_dmarc.example.com TXT "v=DMARC1')
    doctor.names.texts = {"example.com": ["v=spf1 include:amazonses.com ~all"], **DMARC}
    assert {finding["state"] for check in ("spf", "dmarc") for finding in doctor.finds(check)} == {"ok"}
    doctor.names.texts = {"example.com": ["v=spf1 include:other.example -all"], **DMARC}
    doctor.finds_wrong("spf", "SES is not among those", "--mail-from-domain")


def test_what_dns_does_not_tell_is_not_known(doctor: Doctor) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    doctor.names.address, known = f"127.0.0.1:{port}", doctor.names.address
    try:
        (found,) = doctor.finds("dmarc")
    finally:
        doctor.names.address = known
    assert found["state"] == "unknown"
    assert f"DNS (127.0.0.1:{port}) does not answer" in found["says"]


def test_an_address_of_the_policy_on_the_suppression_list_is_found(doctor: Doctor) -> None:
    known = {"EmailAddress": "billing@example.com", "Reason": "BOUNCE", "LastUpdateTime": 1800000000}
    path = "/v2/email/suppression/addresses/billing@example.com"
    doctor.ses.answers[path] = (200, {"SuppressedDestination": known}, "")
    mend = "delete-suppressed-destination --email-address billing@example.com"
    doctor.finds_wrong("suppression", "billing@example.com is on SES's suppression list", mend)


def test_a_secret_that_is_missing_weak_shared_or_another_tools_is_found(
    doctor: Doctor, changed: Callable[[str, str], str]
) -> None:
    ssm, mend = doctor.stack.client("ssm"), "relance secret set stripe"
    name = doctor.stack.outputs["SecretName"].replace("{source}", "stripe")

    def put(value: str, name: str = name) -> None:
        ssm.put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=True)

    more = '[sources.second]\ntool = "stripe"\nmode = "test"\ntime_zone = "UTC"\n'
    folder, second = changed("[sources.stripe]", f"{more}[sources.stripe]"), name.replace("stripe", "second")
    try:
        doctor.finds_wrong("secret", "there is no SSM parameter", "relance secret set second", folder)
        ssm.delete_parameter(Name=name)
        (found,) = doctor.finds("secret")  # this stack hears Stripe by EventBridge as well
        assert (found["state"], "comes by EventBridge" in found["says"]) == ("note", True)
        put("whsec_short")
        doctor.finds_wrong("secret", "it can be guessed", mend)
        put("sk_live_of_another_kind")
        doctor.finds_wrong("secret", "not of the form whsec_…", mend)
        put(SECRETS[-1])
        put(SECRETS[-1], second)
        doctor.finds_wrong("secret", "it is the secret of second, too", mend, folder)
    finally:
        ssm.delete_parameters(Names=[second])
        doctor.stack.put_secrets("stripe")


def test_a_key_that_may_do_more_than_to_read_is_found_and_none_is_told_with_what_it_would_promise(
    doctor: Doctor, changed: Callable[[str, str], str]
) -> None:
    # Of a source that nobody else has: the functions would ask by it.
    ssm, name = doctor.stack.client("ssm"), f"/relance/{doctor.stack.name}/keys/second"
    mend = f"relance secret set second --key --stack {doctor.stack.name}"
    second = '[sources.second]\ntool = "stripe"\nmode = "live"\ntime_zone = "UTC"\n'
    folder = changed("[sources.stripe]", f"{second}[sources.stripe]")
    assert any(found["state"] == "note" and mend in found["says"] for found in doctor.finds("key", folder))
    try:
        ssm.put_parameter(Name=name, Type="SecureString", Value="sk_live_of_everything", Overwrite=True)
        doctor.finds_wrong("key", "second: this is a secret key, which may do everything", mend, folder)
        ssm.put_parameter(Name=name, Type="SecureString", Value="rk_test_of_the_other", Overwrite=True)
        doctor.finds_wrong("key", "not for live mode", mend, folder)
        ssm.put_parameter(Name=name, Type="SecureString", Value="rk_live_of_the_tests", Overwrite=True)
        says = "second has a key: its tool is asked right before each reminder"
        assert {"check": "key", "state": "ok", "says": says} in doctor.finds("key", folder)
    finally:
        ssm.delete_parameters(Names=[name])


def test_alarms_that_nobody_hears_are_found(doctor: Doctor) -> None:
    sns, topic = doctor.stack.client("sns"), doctor.stack.resources["AlarmTopic"]
    (known,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=known["SubscriptionArn"])
    try:
        doctor.finds_wrong("alarms", "nobody hears", f"aws sns subscribe --topic-arn {topic}")
    finally:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=known["Endpoint"])
    member = f"<Endpoint>{known['Endpoint']}</Endpoint><SubscriptionArn>PendingConfirmation</SubscriptionArn>"
    member = f"<Subscriptions><member>{member}</member></Subscriptions>"
    pending = f"<ListSubscriptionsByTopicResult>{member}</ListSubscriptionsByTopicResult>"
    pending = f"<ListSubscriptionsByTopicResponse>{pending}</ListSubscriptionsByTopicResponse>"
    doctor.sns.answers["/"] = (200, pending, "")
    doctor.finds_wrong("alarms", f"{known['Endpoint']} has not agreed", "open the link")


def test_an_alarm_that_rings_is_found(doctor: Doctor) -> None:
    name = doctor.stack.resources["KnocksLost"]
    client = doctor.stack.client("cloudwatch")
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="the test says so")
    doctor.finds_wrong("alarm", "KnocksLost rings: A knock failed five times", f"--alarm-name {name}")


def test_too_little_room_for_all_functions_is_found(doctor: Doctor) -> None:
    client, name = doctor.stack.client("lambda"), doctor.stack.resources["Sweep"]
    limit = client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=limit - 10)
    try:
        doctor.finds_wrong("concurrency", "of 10 that the account leaves", "request-service-quota-increase")
    finally:
        client.delete_function_concurrency(FunctionName=name)


def test_a_queue_or_a_rule_that_reaches_no_function_is_found(doctor: Doctor) -> None:
    client = doctor.stack.client("lambda")
    uuid = doctor.stack.resources["TrackMailEvent"]
    client.update_event_source_mapping(UUID=uuid, Enabled=False)
    try:
        doctor.finds_wrong("mapping", "TrackMailEvent is disab", f"--uuid {uuid} --enabled")
    finally:
        client.update_event_source_mapping(UUID=uuid, Enabled=True)
    events, rule = doctor.stack.client("events"), doctor.stack.resources["SweepHourly"]
    events.disable_rule(Name=rule)
    try:
        doctor.finds_wrong("rule", "SweepHourly is disabled", f"aws events enable-rule --name {rule}")
    finally:
        events.enable_rule(Name=rule)


def test_a_policy_that_is_not_deployed_is_found_file_by_file(
    doctor: Doctor, changed: Callable[[str, str], str]
) -> None:
    folder = changed("mails_per_week = 3", "mails_per_week = 2")
    path = Path(folder.removeprefix("--policy="))
    (path / "templates" / "fr").mkdir(parents=True)
    (path / "templates" / "fr" / "ask.j2").write_text("{# nothing #}")
    for names in ("relance.toml (changed)", "templates/fr/ask.j2 (not deployed)"):
        doctor.finds_wrong("policy", names, "sam build && sam deploy", folder)


def test_a_door_that_does_not_take_what_is_signed_is_found(doctor: Doctor) -> None:
    path = "/webhooks/stripe"
    for status, body, says, mend in (
        (401, "not trusted\n", "was answered 401", "relance secret set stripe"),
        (404, "no such source\n", "was answered 404", "sam deploy"),
        (200, "ignored\n", "as news (ignored): an older version", "sam deploy"),
        (503, "try again later\n", "was answered 503", "aws logs tail /relance/"),
    ):
        doctor.door.answers[path] = (status, body, "")
        doctor.finds_wrong("probe", says, mend)


def test_a_probe_is_not_heard_as_a_word_of_its_source(doctor: Doctor) -> None:
    dynamodb, table = doctor.stack.client("dynamodb"), doctor.stack.outputs["TableName"]
    key = {"PK": {"S": "DOOR"}, "SK": {"S": "SOURCE#stripe"}}
    before = dynamodb.get_item(TableName=table, Key=key).get("Item")
    (found,) = doctor.finds("probe")
    assert found["state"] == "ok"
    assert dynamodb.get_item(TableName=table, Key=key).get("Item") == before


def test_a_mail_to_the_simulator_is_heard_of(doctor: Doctor, front: SesFront) -> None:
    doctor.stack.client("sesv2").create_email_identity(EmailIdentity="accounts@example.com")
    (found,) = doctor.finds("mail", "--mail", AWS_ENDPOINT_URL_SESV2=front.url)
    assert found["state"] == "ok", found
    assert "Send" in found["says"]
    assert "Delivery" in found["says"]


def test_a_mail_that_is_refused_or_that_nobody_hears_of_is_found(doctor: Doctor) -> None:
    doctor.stack.client("sesv2").create_email_identity(EmailIdentity="accounts@example.com")
    sent = "/v2/email/outbound-emails"
    doctor.ses.answers[sent] = (400, {"message": "Email address is not verified."}, "MessageRejected")
    doctor.finds_wrong("mail", "MessageRejected", "identity", "--mail")
    doctor.ses.answers[sent] = (200, {"MessageId": "of-nobody"}, "")
    doctor.finds_wrong("mail", "has heard nothing of it for 3 s", "aws logs tail", "--mail=3")


def test_what_may_not_be_seen_is_not_known_and_says_which_right_is_wanting(doctor: Doctor) -> None:
    refusal = {"message": "User: nobody is not authorized to perform: ses:GetAccount"}
    doctor.ses.answers["/v2/email/account"] = (403, refusal, "AccessDeniedException")
    code, told = doctor.run()
    found = [finding for finding in told["findings"] if finding["check"] == "sandbox"]
    assert (code, told["healthy"], found[0]["state"]) == (1, False, "unknown")
    assert found[0]["mend"] == "allow ses:GetAccount to whoever runs it"


def test_whether_mails_go_to_the_debtors_is_told(doctor: Doctor) -> None:
    described = doctor.stack.client("cloudformation").describe_stacks(StackName=doctor.stack.name)["Stacks"][0]
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", [])}
    is_live = parameters.get("RedirectAllTo", "live") == "live"
    (found,) = doctor.finds("rehearsal")
    assert (found["state"], found["says"].startswith("live: ")) == ("note", is_live)


def test_the_rights_that_the_readme_names_are_enough_and_without_them_nothing_is_known(doctor: Doctor) -> None:
    iam, user = doctor.stack.client("iam"), "doctor"
    readme = (POLICY.parent / "README.md").read_text()
    rights = re.search(r"```json\n(\{\"Version\".*?)```", readme, re.DOTALL)
    assert rights is not None
    text = rights.group(1)
    in_the_emulators_words = (("GetEventSourceMapping", "ListEventSourceMappings"), ("GetLayerVersion", "ListLayers"))
    here = (("REGION", "us-east-1"), ("ACCOUNT", "000000000000"), ("STACK", doctor.stack.name))
    for word, value in (*here, *in_the_emulators_words):
        text = text.replace(word, value)
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    iam.put_user_policy(UserName=user, PolicyName="doctor", PolicyDocument=json.dumps(json.loads(text)))
    code, told = doctor.run(**keys)
    assert [finding for finding in told["findings"] if finding["state"] == "unknown"] == []
    assert code == 0
    iam.delete_user_policy(UserName=user, PolicyName="doctor")
    code, told = doctor.run(**keys)
    (stack,) = [finding for finding in told["findings"] if finding["check"] == "stack"]
    assert (code, stack["state"]) == (1, "unknown")
    assert stack["mend"] == "allow cloudformation:DescribeStacks to whoever runs it"

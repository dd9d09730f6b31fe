//! What happens in the demo, as Stripe would tell it.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::demo::stripe::{self, Shape};

/// The events of the demo, in order.
pub(crate) struct Story {
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) events: Vec<Event>,
    /// When somebody of the team approves the last reminder of an invoice, after all events.
    pub(crate) approval: (Timestamp, Invoice),
    /// What is told of each invoice, by its id.
    pub(crate) invoices: Vec<Invoice>,
}

/// One webhook.
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) invoice: &'static str,
    pub(crate) id: String,
    pub(crate) body: Value,
    /// What it means, where its name does not say it.
    pub(crate) note: Option<&'static str>,
}

impl Event {
    /// Stripe may deliver twice.
    fn delivered_again(mut self) -> Self {
        self.at += SignedDuration::from_mins(35);
        self
    }

    fn meaning(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

/// One invoice of the story.
#[derive(Clone)]
pub(crate) struct Invoice {
    pub(crate) id: &'static str,
    pub(crate) number: &'static str,
    /// The life it leads.
    pub(crate) life: &'static str,
    pub(crate) customer: Customer,
    amount: i64,
    currency: &'static str,
    due: Date,
}

/// One debtor of the story.
#[derive(Clone, Copy)]
pub(crate) struct Customer {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    email: Option<&'static str>,
    country: &'static str,
}

const LUMEN: Customer = Customer {
    id: "cus_Lumen01",
    name: "Lumen Exemple SARL",
    email: Some("compta@lumen.example.com"),
    country: "FR",
};
const HARBOUR: Customer = Customer {
    id: "cus_Harbour02",
    name: "Harbour Example Ltd",
    email: Some("payables@harbour.example.com"),
    country: "GB",
};
const PRAIRIE: Customer = Customer {
    id: "cus_Prairie03",
    name: "Prairie Example Inc.",
    email: Some("ap@prairie.example.com"),
    country: "US",
};
const GRANIT: Customer = Customer {
    id: "cus_Granit04",
    name: "Granit Exemple SAS",
    email: Some("bounce@simulator.amazonses.com"),
    country: "FR",
};
const NAMELESS: Customer = Customer {
    id: "cus_Voile05",
    name: "Voile Exemple",
    email: None,
    country: "FR",
};

impl Story {
    pub(crate) fn new() -> Self {
        let invoices = invoices();
        let issued = date(2027, 1, 11);
        let mut events: Vec<Event> = Vec::new();
        for (minute, invoice) in (0..).zip(&invoices) {
            let mut event = invoice.tells(issued, "finalized", json!({}));
            event.at += SignedDuration::from_mins(minute);
            events.push(event);
        }
        let [early, late, part, never, void, moved, ..] = &invoices;
        let later = json!({ "due_date": noon(date(2027, 3, 10)).as_second() });
        let part_paid = json!({ "amount_paid": 400_000, "amount_remaining": 200_000 });
        events.extend([
            early.is_paid(date(2027, 1, 29)),
            late.is_paid(date(2027, 2, 11)),
            part.tells(date(2027, 2, 15), "updated", part_paid)
                .meaning("4,000 of 6,000 EUR paid"),
            part.is_paid(date(2027, 2, 24)),
            void.tells(date(2027, 1, 27), "voided", json!({ "status": "void" })),
            moved
                .tells(date(2027, 2, 4), "updated", later.clone())
                .meaning("due on 10 March now"),
            moved
                .tells(date(2027, 2, 4), "updated", later)
                .delivered_again(),
            never.tells(date(2027, 2, 15), "overdue", json!({})),
        ]);
        events.sort_by_key(|event| event.at);
        let approval = (noon(date(2027, 3, 4)), never.clone());
        let starts_at = noon(issued) - 5.hours();
        Self {
            starts_at,
            ends_at: noon(date(2027, 4, 10)),
            events,
            approval,
            invoices: invoices.into(),
        }
    }
}

fn invoices() -> [Invoice; 8] {
    let row = |customer, id, number, life, amount, currency, (month, day)| Invoice {
        id,
        number,
        life,
        customer,
        amount,
        currency,
        due: date(2027, month, day),
    };
    [
        row(
            LUMEN,
            "in_1Early",
            "F-2027-001",
            "paid early",
            240_000,
            "eur",
            (2, 12),
        ),
        row(
            HARBOUR,
            "in_2Late",
            "F-2027-002",
            "paid late",
            125_050,
            "gbp",
            (2, 5),
        ),
        row(
            LUMEN,
            "in_3Part",
            "F-2027-003",
            "paid in part, then whole",
            600_000,
            "eur",
            (2, 10),
        ),
        row(
            HARBOUR,
            "in_4Never",
            "F-2027-004",
            "never paid",
            88_000,
            "gbp",
            (2, 15),
        ),
        row(
            PRAIRIE,
            "in_5Void",
            "F-2027-005",
            "voided",
            42_000,
            "usd",
            (2, 8),
        ),
        row(
            PRAIRIE,
            "in_6Moved",
            "F-2027-006",
            "due date moved",
            310_000,
            "usd",
            (2, 17),
        ),
        row(
            GRANIT,
            "in_7Bounce",
            "F-2027-007",
            "address bounces",
            19_900,
            "eur",
            (2, 18),
        ),
        row(
            NAMELESS,
            "in_8NoMail",
            "F-2027-008",
            "no address",
            35_000,
            "eur",
            (2, 20),
        ),
    ]
}

fn noon(day: Date) -> Timestamp {
    let zone = TimeZone::get("Europe/Paris").expect("jiff carries its zones");
    day.at(12, 0, 0, 0)
        .to_zoned(zone)
        .expect("noon is never skipped")
        .timestamp()
}

impl Invoice {
    fn is_paid(&self, day: Date) -> Event {
        self.tells(
            day,
            "paid",
            json!({ "status": "paid", "amount_paid": self.amount, "amount_remaining": 0 }),
        )
    }

    /// An event of Stripe's about this invoice, at noon.
    fn tells(&self, day: Date, kind: &str, differs: Value) -> Event {
        let at = noon(day);
        let mut body = stripe::event(Shape::SinceBasil, "finalized");
        let id = format!("evt_{}_{kind}_{day}", self.id);
        let link = format!("https://invoice.stripe.com/i/acct_demo/{}", self.id);
        let patch = json!({
            "id": id,
            "type": format!("invoice.{kind}"),
            "created": at.as_second(),
            "data": { "object": {
                "id": self.id,
                "number": self.number,
                "customer": self.customer.id,
                "customer_name": self.customer.name,
                "customer_email": self.customer.email,
                "customer_address": { "country": self.customer.country },
                "currency": self.currency,
                "total": self.amount,
                "subtotal": self.amount,
                "amount_due": self.amount,
                "amount_paid": 0,
                "amount_remaining": self.amount,
                "due_date": noon(self.due).as_second(),
                "hosted_invoice_url": link,
                "invoice_pdf": format!("{link}/pdf"),
                "custom_fields": null,
            } },
        });
        stripe::overlay(&mut body, &patch);
        stripe::overlay(&mut body, &json!({ "data": { "object": differs } }));
        Event {
            at,
            invoice: self.number,
            id,
            body,
            note: None,
        }
    }
}

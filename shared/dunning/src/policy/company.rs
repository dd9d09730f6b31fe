//! Whose invoices these are, and who writes for it.

use std::collections::BTreeMap;

use super::condition::Condition;
use crate::value::{Currency, EmailAddress, Language, Zone};

/// Whose invoices these are, and what speaks for it in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// As the debtor knows it.
    pub name: String,
    /// Lines that stand at the foot of each mail: legal form, seat, registration.
    pub footer: Vec<String>,
    /// Where notices for the team go.
    pub team: EmailAddress,
    /// Where those go that only whoever runs Relance can settle, if elsewhere.
    pub engineer: Option<EmailAddress>,
    /// Who decides where nobody of the team has: gets the team's mail, too, that says what has waited for too long.
    pub deputy: Option<EmailAddress>,
    /// For debtors whose language is unknown or not among the templates, and for the team.
    pub language: Language,
    /// The languages to write in; all that there are templates for, if none are named.
    pub languages: Option<Vec<Language>>,
    /// For debtors whose country is unknown.
    pub time_zone: Zone,
    /// Where a transfer goes, by its currency.
    pub accounts: BTreeMap<Currency, BankAccount>,
}

/// Another legal identity, and whose invoices are its.
#[derive(Debug, Clone)]
pub struct OtherCompany {
    /// What the policy calls it.
    pub id: String,
    /// Of which debtors: an expression over `debtor`.
    pub when: Condition,
    /// What speaks for it; its team, language and zone are the first company's.
    pub company: Company,
    /// Who writes for it, by the names that steps use. Who is not among them is the first company's.
    pub senders: BTreeMap<String, Sender>,
}

/// Where a transfer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankAccount {
    /// Whose it is, if not simply the company's.
    pub holder: Option<String>,
    /// The bank's name.
    pub bank: Option<String>,
    /// Its number.
    pub number: AccountNumber,
    /// The bank's code: a BIC, a routing number, a sort code.
    pub bank_code: Option<String>,
}

/// The number of a bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountNumber {
    /// By ISO 13616, without blanks; its check digits are right.
    Iban(String),
    /// Where there are no IBANs.
    Other(String),
}

/// Why a text is no IBAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no IBAN: its check digits do not fit, or it has letters or signs that do not belong there"
)]
pub struct BadIban;

impl AccountNumber {
    /// Reads an IBAN, with blanks or without.
    pub fn iban(text: &str) -> Result<Self, BadIban> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = plain.to_ascii_uppercase();
        let is_sound = (15..=34).contains(&plain.len())
            && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && plain.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
        if !is_sound {
            return Err(BadIban);
        }
        let (head, rest) = plain.split_at(4);
        let mut remainder = 0_u32;
        for sign in rest.chars().chain(head.chars()) {
            let value = sign.to_digit(36).ok_or(BadIban)?;
            let factor = if value > 9 { 100 } else { 10 };
            remainder = (remainder * factor + value) % 97;
        }
        if remainder == 1 {
            Ok(Self::Iban(plain))
        } else {
            Err(BadIban)
        }
    }

    /// As people read it: an IBAN in groups of four.
    pub fn shown(&self) -> String {
        match self {
            Self::Iban(plain) => {
                let signs: Vec<char> = plain.chars().collect();
                let groups: Vec<String> = signs
                    .chunks(4)
                    .map(|group| group.iter().collect())
                    .collect();
                groups.join(" ")
            }
            Self::Other(number) => number.clone(),
        }
    }
}

/// A voice: the friendly one, the collecting one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// As it stands before the address, for all whose language has no name of its own.
    pub name: String,
    /// What it is called in a language.
    pub names: BTreeMap<Language, String>,
    /// An identity that SES has verified.
    pub email: EmailAddress,
    /// Where answers go, if elsewhere.
    pub reply_to: Option<EmailAddress>,
    /// Where the debtor's account manager is known, he signs, and answers go to him.
    pub account_manager: bool,
}

impl Sender {
    /// As it signs in a language.
    #[must_use]
    pub fn in_language(&self, language: &Language) -> Self {
        let name = self.names.get(language).unwrap_or(&self.name);
        Self {
            name: name.clone(),
            ..self.clone()
        }
    }
}

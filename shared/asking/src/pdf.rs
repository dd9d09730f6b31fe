//! An invoice as a PDF: from the tool by its key, or else behind the link that it gave.

use dunning::billing::Snapshot;
use dunning::value::{DebtorKey, Link};
use sources::ask::{AskError, Kind, Pdf, Question};
use sources::no_account;

use crate::asker::{Asked, Asker, Unasked};

impl Asker {
    /// Fetches it. What comes begins as a PDF does, or is none.
    pub async fn pdf(&self, debtor: &DebtorKey, invoice: &Snapshot) -> Result<Vec<u8>, Unasked> {
        let source = self.source(&debtor.realm.source).await?;
        let asked = match &source {
            Some(source) if source.asking().can(Kind::Pdf) => {
                let at = source.take_places(1).await?;
                let account = &debtor.realm.account;
                let question = Question::Pdf(invoice.id.clone());
                let asked = Asked {
                    account: (*account != no_account()).then_some(account),
                    ..Asked::new(&question)
                };
                // What it does not give now may stand behind its link.
                source.ask(asked, at).await.ok().and_then(|reply| reply.pdf)
            }
            _ => None,
        };
        match (asked, &invoice.pdf_url) {
            (Some(Pdf::Here(bytes)), _) => Ok(bytes),
            (Some(Pdf::At(link)), _) => self.behind(&link).await,
            (None, Some(link)) => self.behind(link).await,
            (None, None) => Err(AskError::NoPdf.into()),
        }
    }

    async fn behind(&self, link: &Link) -> Result<Vec<u8>, Unasked> {
        let most = Kind::Pdf.largest_answer();
        let bytes = self.http.fetch(link, most).await;
        let bytes = bytes.map_err(|why| Unasked::NoAnswer(why.to_string()))?;
        if bytes.starts_with(b"%PDF-") {
            Ok(bytes)
        } else {
            Err(AskError::NoPdf.into())
        }
    }
}

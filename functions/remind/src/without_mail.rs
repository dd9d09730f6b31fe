//! What is written where no mail is to leave: what was planned anew, whom the team is to call, and what the user's own
//! automation is told. That by the same look at the tool's books as a mail, and not while everything stands still; what
//! the file then says it is told, `schedule` sees and tells.

use dunning::rules::{Change, Context, Decision, Sighted, Subject, last_look};
use ledger::{Commit, Proposal, StoredFile};

use crate::look::{Glances, with_room};
use crate::{Look, Remind, RemindError};

impl Remind {
    /// Writes what was decided where no mail is to leave.
    pub(crate) async fn without_mail(
        &self,
        ctx: Context<'_>,
        stored: StoredFile,
        decision: Decision,
        glances: &Glances,
    ) -> Result<Proposal<Look>, RemindError> {
        let debtor = &stored.file.debtor.key;
        Ok(match decision {
            Decision::Nothing | Decision::Send { .. } => {
                tracing::info!(%debtor, "nothing to do");
                Proposal::Nothing(Look::Done)
            }
            Decision::KnockAgain(left) => Proposal::Nothing(Look::Early(left)),
            Decision::Write(change) => {
                if change.asks_for_calls() && self.stands_still(ctx, debtor).await? {
                    return Ok(Proposal::Nothing(Look::Done));
                }
                Proposal::Write(self.commit(&stored, change), Look::Wrote)
            }
            Decision::Signal {
                change,
                invoices,
                steps,
            } => {
                let of = Subject {
                    invoices: &invoices,
                    coming: &[],
                    steps: &steps,
                };
                self.signal(ctx, &stored, of, change, glances).await?
            }
        })
    }

    /// Tells the user's own automation, if it may be told now.
    async fn signal(
        &self,
        ctx: Context<'_>,
        stored: &StoredFile,
        of: Subject<'_>,
        mut change: Change,
        glances: &Glances,
    ) -> Result<Proposal<Look>, RemindError> {
        let file = &stored.file;
        let line = match last_look(ctx, file, of, glances.looked()) {
            Sighted::Clear(line) => line,
            Sighted::Ask(invoices) => {
                let invoices = with_room(file, invoices, &[]);
                return Ok(Proposal::Nothing(Look::Ask(invoices)));
            }
            Sighted::Waits(change) => {
                return Ok(Proposal::Write(self.commit(stored, *change), Look::Wrote));
            }
        };
        if self.stands_still(ctx, &file.debtor.key).await? {
            return Ok(Proposal::Nothing(Look::Done));
        }
        change.journal.splice(0..0, line);
        let mut commit = self.commit(stored, change);
        commit.leaves_on = Some(self.today());
        Ok(Proposal::Write(commit, Look::Wrote))
    }

    fn commit(&self, stored: &StoredFile, change: Change) -> Box<Commit> {
        let debtor = &stored.file.debtor.key;
        let now = self.clock.now();
        Box::new(Commit::new(debtor, stored.basis.clone(), change, now))
    }
}

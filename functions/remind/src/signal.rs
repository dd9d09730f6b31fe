//! The user's own automation is told of a debt: by the same look at the tool's books as a mail, and not while everything
//! stands still. What the file then says it is told, `schedule` sees and tells.

use dunning::file::File;
use dunning::rules::{Change, Context, Sighted, Subject, last_look};

use crate::look::{Glances, with_room};
use crate::{Look, Remind, RemindError};

/// Whether it is told.
pub(crate) enum Signalled {
    /// It is, once this is written.
    Tell(Change),
    /// It waits; this is to be written.
    Waits(Change),
    /// It is not, by this knock or yet.
    Not(Look),
}

impl Remind {
    /// Judges whether a signal may be told now.
    pub(crate) async fn signal(
        &self,
        ctx: Context<'_>,
        file: &File,
        of: Subject<'_>,
        mut change: Change,
        glances: &Glances,
    ) -> Result<Signalled, RemindError> {
        let line = match last_look(ctx, file, of, glances.looked()) {
            Sighted::Clear(line) => line,
            Sighted::Ask(invoices) => {
                return Ok(Signalled::Not(Look::Ask(with_room(file, invoices, &[]))));
            }
            Sighted::Waits(change) => return Ok(Signalled::Waits(*change)),
        };
        if self.stands_still(ctx, &file.debtor.key).await? {
            return Ok(Signalled::Not(Look::Done));
        }
        change.journal.splice(0..0, line);
        Ok(Signalled::Tell(change))
    }
}

//! `controlplane audit`.

use super::{CommandError, progress::Progress};
use crate::app::{
    App,
    event_chain::{self, Checkpoint},
};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check that no event of the audit log was changed, removed, moved or slipped in; fails with what was.
    Verify {
        /// A file that `audit checkpoint` printed: what it vouches for must still be there. Without one, a log that was cut
        /// off at its end and made to fit cannot be told from a shorter one.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print where the audit log ends now, to be kept where nobody who can write to the database can write.
    Checkpoint,
}

pub(super) async fn run(app: &App, command: &Command) -> Result<(), CommandError> {
    match command {
        Command::Verify { checkpoint } => {
            let checkpoint = checkpoint.as_ref().map(read).transpose()?;
            verify(app, checkpoint.as_ref()).await
        }
        Command::Checkpoint => {
            println!("{}", serde_json::to_string_pretty(&event_chain::checkpoint(app).await?)?);
            Ok(())
        }
    }
}

fn read(path: &PathBuf) -> Result<Checkpoint, CommandError> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{name} is no checkpoint: {error}"))?)
}

async fn verify(app: &App, checkpoint: Option<&Checkpoint>) -> Result<(), CommandError> {
    let mut progress = Progress::new("verified", "events");
    let verified = event_chain::verify(app, checkpoint, |done, total| progress.tell(done, total)).await?;
    if verified.found.is_empty() {
        println!("verified {} event(s) of {} chain(s): everything holds", verified.events, verified.chains);
        return Ok(());
    }
    verified.found.iter().for_each(|text| println!("{text}"));
    Err(format!("{} thing(s): the audit log is not what was written", verified.found.len()).into())
}

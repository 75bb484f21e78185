//! The `saring` command: reads arguments, runs one subcommand, and turns its error into one line.

mod cmd;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cmd::message::print_no_quiet_panics();
    let cli = cmd::Cli::parse();
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if cmd::output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cmd::message::error(&error);
            match error.is::<cmd::interrupt::Interrupted>() {
                true => ExitCode::from(cmd::interrupt::EXIT_CODE),
                false => ExitCode::FAILURE,
            }
        }
    }
}

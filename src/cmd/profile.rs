//! `saring profile`: pages in, a file that tells which lines are their sites' furniture out.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use saring::Model;
use saring::profile::{ProfileBuilder, SiteProfiles};

use super::input::{InputArgs, sources};
use super::message::note;
use super::replacement::Replacement;

/// Arguments of `saring profile`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pages of the sites, labelled or not: folders, .txt, .tsv, .jsonl, .wet or .parquet
    /// files, compressed or not
    #[arg(required = true)]
    input: Vec<PathBuf>,
    /// The profile file to write
    #[arg(long, short)]
    output: PathBuf,
    /// The site of all pages
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    #[command(flatten)]
    reading: InputArgs,
    /// Print no summary
    #[arg(long, short)]
    quiet: bool,
}

/// Builds the profiles and writes them.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let options = args.reading.options(args.site.as_deref());
    let mut builder = ProfileBuilder::default();
    for source in sources(&args.input, &options)? {
        for page in source.pages()? {
            builder.add(&page?);
        }
    }
    let profiles = builder.finish();
    if profiles.is_empty() {
        bail!("no page has a site: give --site, a folder a site, or \"site\" or \"url\"");
    }
    let mut file = Replacement::create(&args.output)?;
    profiles.write(&mut file)?;
    file.commit()?;
    if !args.quiet {
        note(format_args!(
            "{} sites, {} pages; wrote {}",
            profiles.len(),
            profiles.pages(),
            args.output.display()
        ));
    }
    Ok(())
}

/// Reads the profiles at `path`, if there is one.
pub fn load(path: Option<&Path>) -> anyhow::Result<Option<SiteProfiles>> {
    let Some(path) = path else {
        return Ok(None);
    };
    let place = path.display();
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot open the profile {place}"))?;
    let profiles = SiteProfiles::read(std::io::BufReader::new(file));
    Ok(Some(profiles.with_context(|| place.to_string())?))
}

/// Reads the profiles at `path`, if there is one, for a model that was trained with profiles.
pub fn load_for(model: &Model, path: Option<&Path>) -> anyhow::Result<Option<SiteProfiles>> {
    if path.is_some() && !model.card().settings.profile {
        bail!(
            "the model was trained without --profile and learned nothing of profiles: leave --profile out, or train with it"
        );
    }
    load(path)
}

//! The option that names a sentence encoder.

use baton_agents::Encoder;
use baton_base::Error;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Folder that an encoder is found in by itself, beside the program's own: of `target/debug/baton`, `target/encoder`.
const BESIDE: &str = "encoder";

/// Which encoder helps.
#[derive(Args)]
pub struct Given {
    /// Folder of a sentence encoder (model.onnx and vocab.txt), which helps to recognise what messages are about and to find
    /// articles. One that is named and cannot be read is an error.
    #[arg(long, env = "BATON_ENCODER", value_name = "DIR")]
    encoder: Option<PathBuf>,
}

impl Given {
    /// The one that is named. None where none is, or an empty name.
    pub fn load(&self) -> Result<Option<Arc<Encoder>>, Error> {
        let named = self.encoder.as_deref().filter(|folder| !folder.as_os_str().is_empty());
        named.map(|folder| Encoder::load(folder).map(Arc::new)).transpose()
    }

    /// The one that is named, or else the one beside the program's folder, if there is one.
    pub fn load_or_find(&self) -> Result<Option<Arc<Encoder>>, Error> {
        if let Some(named) = self.load()? {
            return Ok(Some(named));
        }
        let program = std::env::current_exe().ok();
        let found = program.as_deref().and_then(|program| Some(program.parent()?.parent()?.join(BESIDE)));
        found.filter(|folder| folder.is_dir()).map(|folder| Encoder::load(&folder).map(Arc::new)).transpose()
    }
}

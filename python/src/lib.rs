//! The **extension module** `saring._saring`: models, site profiles and sites for Python.
//!
//! Nothing is worked out here: texts come in, the library cleans them, texts go out. Whatever can go
//! wrong is a Python exception ([`refusal`]); nothing panics. What Python sees is told by
//! `saring/_saring.pyi`.

mod batch;
mod counting;
mod model;
mod profiles;
mod refusal;
mod texts;

use pyo3::prelude::*;

#[pymodule]
mod _saring {
    #[pymodule_export]
    use super::counting::{hash_batch, profiles_of_sites};
    #[pymodule_export]
    use super::model::{Model, load, restore_model};
    #[pymodule_export]
    use super::profiles::{SiteProfiles, load_profiles, restore_profiles};
    #[pymodule_export]
    use super::texts::{site_of, sites_of};
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}

//! Preparation of tables: a role for each column, learned on training rows, applied to tables and rows.

mod category;
mod category_index;
mod cell;
mod dates;
mod declared;
mod fitted;
mod guess;
mod learned_category;
mod learned_number;
mod number;
mod role;

pub use category::{Category, MissingCategory, UnknownCategory};
pub use declared::Preparation;
pub use fitted::FittedPreparation;
pub use number::{MissingNumber, Number, Scale};
pub use role::Role;

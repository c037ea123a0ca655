//! The one integration binary: cases as data, real cargo and the fake one.
//!
//! `tidy` reads this repository's own text, `fake` and `sandbox` test the means of testing, `real` holds every fixture
//! against an independent count with the real cargo, `refold` what was stored of a run against its transcript, `screens`
//! runs the program itself, `readme` does what README says.

mod diff;
mod fake;
mod faults;
mod harness;
mod pages;
mod readme;
mod real;
mod refold;
mod sandbox;
mod screens;
mod tidy;

//! The one integration binary: cases as data, real cargo and the fake one.

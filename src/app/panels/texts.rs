//! The texts and pairs behind the numbers.

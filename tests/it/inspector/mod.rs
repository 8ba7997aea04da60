//! What operators do, through the library: selections and changes of them.

mod arrivals;
mod lost_answer;
mod lost_edit;
mod orphaned;
mod same_set;
mod unknown_age;

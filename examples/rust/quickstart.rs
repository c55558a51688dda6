// The smallest useful program: two calls of one customer, the second a repeat of the first.
mod cxjourney;

use cxjourney::{Call, Result, Tracker};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).expect("usage: quickstart FOLDER");
    let tracker = Tracker::open(&path)?;
    let identifiers = [("phone", "0532 111 22 33"), ("customer_id", "K-1042")];
    for id in ["c-1001", "c-1002"] {
        match tracker.record(&Call { source: "callcentre", id, identifiers: &identifiers })? {
            Some(prior) => println!("{id}: repeat of {prior}"),
            None => println!("{id}: first contact"),
        }
    }
    println!("contacts in 7 days: {}", tracker.contacts_7d("phone", "+905321112233")?);
    if let Err(error) = tracker.contacts_7d("email", "nobody@example.com") {
        println!("nobody: code {}", error.code);
    }
    tracker.close()
}

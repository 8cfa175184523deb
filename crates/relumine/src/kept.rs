//! What is made when it is first needed, and then kept.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Result;

/// Values by key. A value is made outside the lock, for whoever makes it may work on the thread pool and there come upon another that
/// needs the same: two that need it at one time may both make it, and the first is kept.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    values: Mutex<Vec<(K, V)>>,
    made: AtomicUsize,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { values: Mutex::default(), made: AtomicUsize::new(0) }
    }
}

impl<K: PartialEq, V: Clone> Kept<K, V> {
    /// The value of a key; `make` makes it where there is none.
    ///
    /// # Errors
    /// Those of `make`, of which nothing is kept.
    pub(crate) fn get(&self, key: K, make: impl FnOnce() -> Result<V>) -> Result<V> {
        if let Some(value) = self.find(&key) {
            return Ok(value);
        }
        let value = make()?;
        self.made.fetch_add(1, Ordering::Relaxed);
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, first)) = values.iter().find(|(known, _)| *known == key) {
            return Ok(first.clone());
        }
        values.push((key, value.clone()));
        Ok(value)
    }

    /// How many values were made.
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    fn find(&self, key: &K) -> Option<V> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn a_value_is_made_once_and_a_failure_never_kept() {
        let kept = Kept::default();
        assert!(matches!(kept.get(1, || Err(Error::Cancelled)), Err(Error::Cancelled)));
        assert_eq!(kept.get(1, || Ok('a')).unwrap(), 'a');
        assert_eq!(kept.get(1, || unreachable!("it is there")).unwrap(), 'a');
        assert_eq!(kept.get(2, || Ok('b')).unwrap(), 'b');
        assert_eq!(kept.made(), 2);
    }
}

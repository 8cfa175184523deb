//! Photos at hand: decoded, with what is known of them, as many as memory is given for; those that were used last stay.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use relumine::Analysis;
use relumine::io::Photo;

/// Photos at hand.
#[derive(Debug)]
pub(crate) struct Cache {
    most: u64,
    /// Those used last at the end.
    kept: Mutex<VecDeque<(String, Opened)>>,
}

/// A decoded photo, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) photo: Photo,
    pub(crate) analysis: Analysis,
}

impl Opened {
    /// Bytes that it takes, about: its samples, and small pictures of it with what a network sees in them.
    pub(crate) fn bytes(&self) -> u64 {
        const KNOWN: u64 = 64 << 20;
        let pixels = self.photo.width() as u64 * self.photo.height() as u64;
        pixels * 4 * u64::from(self.photo.bit_depth() / 8) + KNOWN
    }
}

impl Cache {
    pub(crate) fn new(most: u64) -> Self {
        Self { most, kept: Mutex::default() }
    }

    pub(crate) fn get(&self, id: &str) -> Option<Opened> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == id)?;
        let found = kept.remove(place)?;
        kept.push_back(found.clone());
        Some(found.1)
    }

    /// Keeps one, and lets go of others until all fit; this one stays.
    pub(crate) fn put(&self, id: &str, opened: Opened) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| known != id);
        kept.push_back((id.into(), opened));
        while kept.len() > 1 && kept.iter().map(|(_, opened)| opened.bytes()).sum::<u64>() > self.most {
            kept.pop_front();
        }
    }

    /// Lets go of a picture, at whatever size it is kept: what is kept of it begins with its id.
    pub(crate) fn forget(&self, id: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| !known.starts_with(id));
    }
}

#[cfg(test)]
mod tests {
    use relumine::{Device, Engine, Planes};

    use super::*;

    #[test]
    fn those_used_last_stay() {
        let engine = Engine::new(Device::Cpu, Some(1)).unwrap();
        let photo = Photo::from_planes(Planes::filled(3, 4, 4, 0.5));
        let opened = Opened { analysis: engine.analyse(&photo), photo };
        let cache = Cache::new(2 * opened.bytes());
        for id in ["a", "b"] {
            cache.put(id, opened.clone());
        }
        assert!(cache.get("a").is_some());
        cache.put("c", opened.clone());
        assert!(cache.get("a").is_some() && cache.get("c").is_some() && cache.get("b").is_none());
        let small = Cache::new(1);
        small.put("a", opened);
        assert!(small.get("a").is_some(), "the one in use is kept, whatever it takes");
    }
}

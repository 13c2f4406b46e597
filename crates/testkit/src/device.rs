//! A device in memory: seeded randomness, a clock that is set, storage that is looked into.

use coffer_client::{Device, StorageError, StretchError, StretchJob, Stretched};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::{LazyLock, Mutex};

/// A device in memory. Clones are the same device.
#[derive(Clone)]
pub struct MemoryDevice {
    inner: Rc<Inner>,
}

struct Inner {
    rng: RefCell<ChaCha20Rng>,
    now: Cell<u64>,
    records: RefCell<BTreeMap<String, Vec<u8>>>,
    lost: RefCell<BTreeSet<String>>,
    room: Cell<usize>,
    stretched: Cell<usize>,
    keys: RefCell<Vec<Vec<u8>>>,
}

impl MemoryDevice {
    /// A new device; the same seed draws the same bytes.
    pub fn new(seed: u64) -> Self {
        Self {
            inner: Rc::new(Inner {
                rng: RefCell::new(ChaCha20Rng::seed_from_u64(seed)),
                now: Cell::new(START),
                records: RefCell::default(),
                lost: RefCell::default(),
                room: Cell::new(usize::MAX),
                stretched: Cell::new(0),
                keys: RefCell::default(),
            }),
        }
    }

    /// A device of this machine: real randomness and the real clock, forgotten at the end.
    pub fn of_this_machine() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut seed)?;
        let device = Self::new(0);
        *device.inner.rng.borrow_mut() = ChaCha20Rng::from_seed(seed);
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        device
            .inner
            .now
            .set(u64::try_from(now.as_millis()).unwrap_or(START));
        Ok(device)
    }

    /// Draws other bytes from here on.
    pub fn reseed(&self, seed: u64) {
        *self.inner.rng.borrow_mut() = ChaCha20Rng::seed_from_u64(seed);
    }

    /// Lets time pass.
    pub fn advance(&self, ms: u64) {
        self.inner.now.set(self.inner.now.get() + ms);
    }

    /// Sets the clock.
    pub fn set_now(&self, ms: u64) {
        self.inner.now.set(ms);
    }

    /// What the device keeps, for comparing before and after.
    pub fn records(&self) -> BTreeMap<String, Vec<u8>> {
        self.inner.records.borrow().clone()
    }

    /// Puts an earlier state back, as a restored backup would.
    pub fn restore(&self, records: BTreeMap<String, Vec<u8>>) {
        *self.inner.records.borrow_mut() = records;
    }

    /// Lets the records that are there open no more, as in a browser that lost the key of some of them.
    pub fn lose(&self, which: impl Fn(&str) -> bool) {
        let records = self.inner.records.borrow();
        let lost = records.keys().filter(|name| which(name)).cloned();
        self.inner.lost.borrow_mut().extend(lost);
    }

    /// Lets the storage hold so many bytes.
    pub fn set_room(&self, bytes: usize) {
        self.inner.room.set(bytes);
    }

    /// Every key that this device made: draws of 32 bytes (nonces and ids are shorter) and stretched passphrases.
    pub fn keys_made(&self) -> Vec<Vec<u8>> {
        self.inner.keys.borrow().clone()
    }

    /// As [`MemoryDevice::keys_made`], without the first so many.
    pub fn keys_made_after(&self, first: usize) -> Vec<Vec<u8>> {
        self.inner.keys.borrow()[first..].to_vec()
    }

    /// How often Argon2 was asked for.
    pub fn stretched(&self) -> usize {
        self.inner.stretched.get()
    }
}

impl Device for MemoryDevice {
    fn fill(&self, out: &mut [u8]) {
        self.inner.rng.borrow_mut().fill_bytes(out);
        if out.len() == 32 {
            self.inner.keys.borrow_mut().push(out.to_vec());
        }
    }

    fn now(&self) -> u64 {
        self.inner.now.get()
    }

    async fn stretch(&self, job: StretchJob) -> Result<Stretched, StretchError> {
        self.inner.stretched.set(self.inner.stretched.get() + 1);
        // Tests unlock the same account many times; the real work is done once.
        let key = job.to_bytes().to_vec();
        let known = MEMO.lock().ok().and_then(|memo| memo.get(&key).cloned());
        let stretched = match known
            .as_deref()
            .and_then(|bytes| Stretched::from_bytes(bytes).ok())
        {
            Some(known) => known,
            None => job.run()?,
        };
        let bytes = stretched.to_bytes();
        // The first byte names the profile.
        self.inner.keys.borrow_mut().push(bytes[1..].to_vec());
        if let Ok(mut memo) = MEMO.lock() {
            memo.insert(key, bytes.to_vec());
        }
        Ok(stretched)
    }

    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        if self.inner.lost.borrow().contains(key) {
            return Err(StorageError::Lost);
        }
        Ok(self.inner.records.borrow().get(key).cloned())
    }

    async fn save(&self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        let mut records = self.inner.records.borrow_mut();
        let others = records.iter().filter(|(name, _)| name.as_str() != key);
        let used: usize = others.map(|(_, value)| value.len()).sum();
        if used + value.len() > self.inner.room.get() {
            return Err(StorageError::Failed("the quota has been exceeded".to_owned()));
        }
        records.insert(key.to_owned(), value.to_vec());
        self.inner.lost.borrow_mut().remove(key);
        Ok(())
    }

    async fn erase(&self, key: &str) -> Result<(), StorageError> {
        self.inner.records.borrow_mut().remove(key);
        self.inner.lost.borrow_mut().remove(key);
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.inner.records.borrow().keys().cloned().collect())
    }

    async fn pause(&self, ms: u32) {
        self.advance(u64::from(ms));
    }
}

/// 22 November 2026, 10:00 UTC.
const START: u64 = 1_795_341_600_000;

static MEMO: LazyLock<Mutex<HashMap<Vec<u8>, Vec<u8>>>> = LazyLock::new(Mutex::default);

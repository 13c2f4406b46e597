//! Records in IndexedDB, each sealed by WebCrypto's AES-GCM under a key that the browser will not give away.
//!
//! A copy of the profile's files without that browser opens nothing; a script of this page could, which is why the
//! page allows no foreign scripts.

use std::cell::Cell;

use coffer_client::StorageError;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CryptoKey, IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode, SubtleCrypto,
};

use crate::{rng, window};

type Outcome<T> = Result<T, StorageError>;

/// A record, opened; `None` when there is none, [`StorageError::Lost`] when it is damaged or the key is gone.
pub async fn load(name: &str) -> Outcome<Option<Vec<u8>>> {
    let database = open().await?;
    let (_, store) = store(&database, RECORDS, IdbTransactionMode::Readonly)?;
    let sealed = finished(&store.get(&name.into()).map_err(failed)?).await?;
    if sealed.is_undefined() {
        return Ok(None);
    }
    let sealed = Uint8Array::new(&sealed);
    if sealed.length() <= HEAD {
        return Err(StorageError::Lost);
    }
    if sealed.get_index(0) != FORMAT {
        return Err(StorageError::Failed(
            "a newer version of this program wrote a record".into(),
        ));
    }
    let key = key(&database).await?.ok_or(StorageError::Lost)?;
    let options = options(&sealed.slice(1, HEAD), name)?;
    let opening = subtle()?
        .decrypt_with_object_and_buffer_source(&options, &key, &sealed.slice(HEAD, sealed.length()))
        .map_err(failed)?;
    let opened = JsFuture::from(opening).await.map_err(|_| StorageError::Lost)?;
    let opened = Uint8Array::new(&opened);
    let bytes = opened.to_vec();
    opened.fill(0, 0, opened.length());
    Ok(Some(bytes))
}

/// Seals and writes a record; done when it is on the disk. What was begun before everything was forgotten is not written.
pub async fn save(name: &str, value: &[u8]) -> Outcome<()> {
    let begun = WIPES.get();
    let database = open().await?;
    let key = key_or_new(&database, begun).await?;
    let mut nonce = [0; NONCE];
    rng::fill(&mut nonce);
    let nonce = Uint8Array::from(nonce.as_slice());
    let plain = Uint8Array::from(value);
    let sealing = subtle()?
        .encrypt_with_object_and_buffer_source(&options(&nonce, name)?, &key, &plain)
        .map_err(failed)?;
    let sealed = JsFuture::from(sealing).await.map_err(failed)?;
    plain.fill(0, 0, plain.length());
    let sealed = Uint8Array::new(&sealed);
    let record = Uint8Array::new_with_length(HEAD + sealed.length());
    record.set_index(0, FORMAT);
    record.set(&nonce, 1);
    record.set(&sealed, HEAD);
    still_kept(begun)?;
    let (transaction, store) = store(&database, RECORDS, IdbTransactionMode::Readwrite)?;
    store.put_with_key(&record, &name.into()).map_err(failed)?;
    committed(&transaction).await
}

/// Forgets a record.
pub async fn erase(name: &str) -> Outcome<()> {
    let database = open().await?;
    let (transaction, store) = store(&database, RECORDS, IdbTransactionMode::Readwrite)?;
    store.delete(&name.into()).map_err(failed)?;
    committed(&transaction).await
}

/// The names of all records.
pub async fn keys() -> Outcome<Vec<String>> {
    let database = open().await?;
    let (_, store) = store(&database, RECORDS, IdbTransactionMode::Readonly)?;
    let names = finished(&store.get_all_keys().map_err(failed)?).await?;
    Ok(Array::from(&names)
        .iter()
        .filter_map(|name| name.as_string())
        .collect())
}

/// Forgets every record and the key that sealed them.
pub async fn wipe() -> Outcome<()> {
    WIPES.set(WIPES.get() + 1);
    let database = open().await?;
    for name in [RECORDS, KEYS] {
        let (transaction, store) = store(&database, name, IdbTransactionMode::Readwrite)?;
        store.clear().map_err(failed)?;
        committed(&transaction).await?;
    }
    Ok(())
}

thread_local! {
    /// How often this page was told to forget everything.
    static WIPES: Cell<u32> = const { Cell::new(0) };
}

/// Refuses what was begun before everything was forgotten. What passes comes before it: a browser does in their order what
/// changes one store.
fn still_kept(begun: u32) -> Outcome<()> {
    match WIPES.get() == begun {
        true => Ok(()),
        false => Err(StorageError::Failed("everything was forgotten meanwhile".into())),
    }
}

/// Closes its connection with the last use of it.
struct Connection(IdbDatabase);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn open() -> Outcome<Connection> {
    let factory = window()
        .indexed_db()
        .map_err(failed)?
        .ok_or_else(|| StorageError::Failed("this browser keeps nothing for this page".into()))?;
    let request = factory.open_with_u32(DATABASE, 1).map_err(failed)?;
    let upgraded = {
        let request = request.clone();
        Closure::<dyn Fn()>::new(move || {
            if let Some(database) = request
                .result()
                .ok()
                .and_then(|it| it.dyn_into::<IdbDatabase>().ok())
            {
                for name in [RECORDS, KEYS] {
                    drop(database.create_object_store(name));
                }
            }
        })
    };
    request.set_onupgradeneeded(Some(upgraded.as_ref().unchecked_ref()));
    let database = finished(&request).await?;
    request.set_onupgradeneeded(None);
    database.dyn_into().map(Connection).map_err(failed)
}

/// The key that seals this device's records, if it was made already.
async fn key(database: &Connection) -> Outcome<Option<CryptoKey>> {
    let (_, store) = store(database, KEYS, IdbTransactionMode::Readonly)?;
    let key = finished(&store.get(&DEVICE_KEY.into()).map_err(failed)?).await?;
    Ok(key.dyn_into().ok())
}

async fn key_or_new(database: &Connection, begun: u32) -> Outcome<CryptoKey> {
    if let Some(key) = key(database).await? {
        return Ok(key);
    }
    let kind = Object::new();
    set(&kind, "name", &"AES-GCM".into())?;
    set(&kind, "length", &256.into())?;
    let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
    let made = subtle()?
        .generate_key_with_object(&kind, false, &uses)
        .map_err(failed)?;
    let made = JsFuture::from(made).await.map_err(failed)?;
    still_kept(begun)?;
    // another tab may have been faster: `add` refuses then, and its key counts
    let (transaction, store) = store(database, KEYS, IdbTransactionMode::Readwrite)?;
    let _refused = store.add_with_key(&made, &DEVICE_KEY.into()).map_err(failed)?;
    let _refused = committed(&transaction).await;
    key(database)
        .await?
        .ok_or_else(|| StorageError::Failed("this browser did not keep a key".into()))
}

fn store(
    database: &Connection,
    name: &str,
    mode: IdbTransactionMode,
) -> Outcome<(IdbTransaction, IdbObjectStore)> {
    let transaction = database
        .0
        .transaction_with_str_and_mode(name, mode)
        .map_err(failed)?;
    let store = transaction.object_store(name).map_err(failed)?;
    Ok((transaction, store))
}

/// AES-GCM with the record's name as associated data: a record moved to another name does not open.
fn options(nonce: &Uint8Array, name: &str) -> Outcome<Object> {
    let options = Object::new();
    set(&options, "name", &"AES-GCM".into())?;
    set(&options, "iv", nonce)?;
    set(&options, "additionalData", &Uint8Array::from(name.as_bytes()))?;
    Ok(options)
}

fn subtle() -> Outcome<SubtleCrypto> {
    let crypto = window().crypto().map_err(failed)?;
    // absent on plain http, whatever the types say
    let subtle = Reflect::get(&crypto, &"subtle".into()).map_err(failed)?;
    subtle
        .dyn_into()
        .map_err(|_| StorageError::Failed("the browser offers its key store over https only".into()))
}

fn set(object: &Object, name: &str, value: &JsValue) -> Outcome<()> {
    Reflect::set(object, &name.into(), value)
        .map(drop)
        .map_err(failed)
}

async fn finished(request: &IdbRequest) -> Outcome<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.map_err(failed)?;
    request.result().map_err(failed)
}

async fn committed(transaction: &IdbTransaction) -> Outcome<()> {
    let promise = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onerror(Some(&reject));
        transaction.set_onabort(Some(&reject));
    });
    JsFuture::from(promise).await.map(drop).map_err(failed)
}

/// The platform's words; an event of IndexedDB carries none worth showing.
fn failed(error: impl Into<JsValue>) -> StorageError {
    let error = error.into();
    let words = error
        .dyn_ref::<web_sys::DomException>()
        .map(web_sys::DomException::message)
        .or_else(|| {
            error
                .dyn_ref::<js_sys::Error>()
                .map(|error| error.message().into())
        });
    StorageError::Failed(words.unwrap_or_else(|| "the browser refused".into()))
}

const DATABASE: &str = "coffer";
const RECORDS: &str = "records";
const KEYS: &str = "keys";
const DEVICE_KEY: &str = "device";
const FORMAT: u8 = 1;
const NONCE: usize = 12;
const HEAD: u32 = 13;

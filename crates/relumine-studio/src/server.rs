//! The studio on a socket: bounded in connections, and in how long one may keep it waiting.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::{Studio, router};

/// Connections at once.
const MOST: usize = 512;
/// Within which the head of a request has to be there.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a failure to take a connection: such as that no file can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the studio until `stopped` comes; what is on its way then is cut off.
///
/// # Errors
/// None so far: a connection that fails ends, and the others go on.
pub async fn serve(
    listener: TcpListener,
    studio: Arc<Studio>,
    stopped: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let (router, places) = (router(studio), Arc::new(Semaphore::new(MOST)));
    tokio::pin!(stopped);
    loop {
        let place = places.clone().acquire_owned();
        let (place, came) = tokio::select! {
            () = &mut stopped => return Ok(()),
            came = async { (place.await, listener.accept().await) } => came,
        };
        let Ok((stream, _)) = came else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                tracing::debug!("a connection ended: {error}");
            }
            drop(place);
        });
    }
}

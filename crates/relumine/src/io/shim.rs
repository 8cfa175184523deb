#![allow(missing_docs, unused)]
use crate::*; use std::path::Path; use super::*; use crate::watch::Watch; use crate::resample::Filter;
pub trait RowSource: Send { fn width(&self)->usize; fn height(&self)->usize; fn next_band(&mut self)->Result<Option<Planes>>; }
pub trait RowSink: Send { fn put_band(&mut self, band:&Planes)->Result<()>; }
#[derive(Clone, Debug, PartialEq)] pub struct SaveOptions { pub quality: u8 }
impl Default for SaveOptions { fn default() -> Self { Self{quality:92} } }
impl RowSource for Photo { fn width(&self)->usize{0} fn height(&self)->usize{0} fn next_band(&mut self)->Result<Option<Planes>>{Ok(None)} }
impl RowSink for Photo { fn put_band(&mut self, band:&Planes)->Result<()>{Ok(())} }
impl Photo {
 pub fn rows(&self)->Photo{self.clone()} pub fn recolour(&self)->Photo{self.clone()} pub fn finish(self)->Photo{self}
 pub fn remarks(&self)->impl Iterator<Item=Remark>{ self.notices().iter().map(|n| Remark::new(self.path(), n.clone())).collect::<Vec<_>>().into_iter() }
 pub fn open_watched(path:&Path,l:&Limits,w:&mut Watch<'_>)->Result<Photo>{todo!()}
 pub fn save_watched(&self,path:&Path,l:&SaveOptions,w:&mut Watch<'_>)->Result<()>{todo!()}
 pub(crate) fn resized(&self,h:usize,w:usize,f:Filter)->Planes{crate::resample::resize(self.colours(),h,w,f)}
}
impl crate::mask::Mask { pub fn open_watched(path:&Path,l:&Limits,w:&mut Watch<'_>)->Result<Self>{todo!()} }
impl crate::matting::Trimap { pub fn open_watched(path:&Path,l:&Limits,w:&mut Watch<'_>)->Result<Self>{todo!()} }
pub(crate) fn available_memory()->Option<u64>{None}

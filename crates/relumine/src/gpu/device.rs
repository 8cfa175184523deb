//! The GPU itself: which one, its memory, and what becomes of its errors.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    Adapter, Backends, Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, DeviceDescriptor,
    DeviceType, ErrorFilter, Instance, InstanceDescriptor, Limits, MapMode, PollType,
};

use super::commands::{Command, Pipelines};
use crate::MachineError;

/// A GPU with its kernels.
#[derive(Debug)]
pub(super) struct Gpu {
    pub(super) device: wgpu::Device,
    queue: wgpu::Queue,
    pub(super) pipelines: Pipelines,
    name: String,
    failure: Failure,
}

/// The first error that no scope caught.
#[derive(Clone, Debug, Default)]
struct Failure(Arc<Mutex<Option<String>>>);

impl Failure {
    fn note(&self, reason: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(one_line(reason));
    }
}

impl Gpu {
    /// Opens the machine's best GPU, or an adapter that is the CPU in disguise where there is no other.
    ///
    /// # Errors
    /// [`MachineError::NoGpu`] where there is none, or it lacks what the kernels need.
    pub(super) fn open() -> Result<Self, MachineError> {
        let reason = "no driver for Vulkan, Metal or Direct3D 12 has one to offer";
        let adapter = best(|_| true).ok_or_else(|| MachineError::NoGpu { reason: reason.to_owned() })?;
        Self::of(&adapter)
    }

    /// As [`Gpu::open`], but of adapters that are no CPU in disguise; `None` where there is none.
    ///
    /// # Errors
    /// [`MachineError::NoGpu`] where there is one that lacks what the kernels need.
    pub(super) fn open_hardware() -> Result<Option<Self>, MachineError> {
        best(|kind| kind != DeviceType::Cpu).map(|adapter| Self::of(&adapter)).transpose()
    }

    fn of(adapter: &Adapter) -> Result<Self, MachineError> {
        let no_gpu = |reason: String| MachineError::NoGpu { reason: one_line(&reason) };
        let (info, offered) = (adapter.get_info(), adapter.limits());
        let descriptor = DeviceDescriptor {
            required_limits: Limits {
                // All else keeps to what every GPU has; maps of large pictures need what this one has.
                max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
                max_buffer_size: offered.max_buffer_size,
                ..Limits::default()
            },
            ..DeviceDescriptor::default()
        };
        let name = format!("{} ({})", info.name, info.backend);
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| no_gpu(format!("{name}: {error}")))?;

        let failure = Failure::default();
        let (uncaught, lost) = (failure.clone(), failure.clone());
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| uncaught.note(&error.to_string())));
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                lost.note(&format!("it was lost: {message}"));
            }
        });
        let pipelines = Pipelines::new(&device);
        let gpu = Self { device, queue, pipelines, name, failure };
        gpu.failure().map_or(Ok(gpu), |reason| Err(no_gpu(reason)))
    }

    /// Name and graphics interface, for people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What went wrong since it was opened, if anything did. Results are NaN from then on.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes that one map may have.
    pub(super) fn largest_buffer(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_buffer_size.min(limits.max_storage_buffer_binding_size)
    }

    /// Whether `work`, which allocates, can be done; else why not.
    pub(super) fn attempt<T>(&self, work: impl FnOnce() -> T) -> Result<T, String> {
        let scopes = [ErrorFilter::Internal, ErrorFilter::OutOfMemory, ErrorFilter::Validation]
            .map(|filter| self.device.push_error_scope(filter));
        let result = work();
        let mut error = None;
        for scope in scopes.into_iter().rev() {
            error = pollster::block_on(scope.pop()).or(error);
        }
        error.map_or(Ok(result), |error| Err(one_line(&error.to_string())))
    }

    /// A buffer for `values` numbers of four bytes, zero at first.
    pub(super) fn allocate(&self, values: usize) -> Buffer {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        // Nothing can be bound that has no bytes.
        self.create((4 * values as u64).max(16), usage)
    }

    /// A buffer that holds `values` of four bytes or several times that.
    pub(super) fn upload<T: bytemuck::NoUninit>(&self, values: &[T]) -> Buffer {
        let buffer = self.allocate(std::mem::size_of_val(values) / 4);
        self.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(values));
        buffer
    }

    /// A buffer for the parameters of a kernel.
    pub(super) fn uniforms(&self, values: &[u32]) -> Buffer {
        let size = std::mem::size_of_val(values) as u64;
        let buffer = self.create(size, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        self.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(values));
        buffer
    }

    fn create(&self, size: u64, usage: BufferUsages) -> Buffer {
        self.device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    }

    /// Puts `values` at the beginning of a buffer.
    pub(super) fn write(&self, buffer: &Buffer, values: &[f32]) {
        self.queue.write_buffer(buffer, 0, bytemuck::cast_slice(values));
    }

    /// Does `commands` in order. Each is handed over by itself: drivers that keep a display alive reset a GPU that is busy
    /// with one thing for seconds.
    pub(super) fn run(&self, commands: &[Command]) {
        for command in commands {
            let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
            command.encode(&mut encoder);
            self.queue.submit([encoder.finish()]);
        }
    }

    /// Waits for everything before, then takes the first `values` numbers of a buffer; NaN after a failure.
    pub(super) fn read(&self, buffer: &Buffer, values: usize) -> Vec<f32> {
        if values == 0 {
            return Vec::new();
        }
        let size = 4 * values as u64;
        let staging = self.create(size, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, size);
        self.queue.submit([encoder.finish()]);
        staging.map_async(MapMode::Read, .., |_| ());
        let waited = self.device.poll(PollType::wait_indefinitely()).map_err(|error| error.to_string());
        let view = waited.and_then(|_| staging.get_mapped_range(..).map_err(|error| error.to_string()));
        match view {
            Ok(view) if self.failure().is_none() => bytemuck::pod_collect_to_vec(&view[..]),
            Ok(_) => vec![f32::NAN; values],
            Err(reason) => {
                self.failure.note(&reason);
                vec![f32::NAN; values]
            }
        }
    }

    /// A copy of the first `values` numbers of a buffer, on the GPU.
    pub(super) fn copy(&self, buffer: &Buffer, values: usize) -> Buffer {
        let copy = self.allocate(values);
        if values > 0 {
            let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
            encoder.copy_buffer_to_buffer(buffer, 0, &copy, 0, 4 * values as u64);
            self.queue.submit([encoder.finish()]);
        }
        copy
    }
}

/// The machine's best adapter of the kinds that are `usable`.
fn best(usable: impl Fn(DeviceType) -> bool) -> Option<Adapter> {
    let instance = Instance::new(InstanceDescriptor {
        backends: Backends::PRIMARY,
        flags: wgpu::InstanceFlags::empty(),
        ..InstanceDescriptor::new_without_display_handle()
    });
    let adapters = pollster::block_on(instance.enumerate_adapters(Backends::PRIMARY)).into_iter();
    let kind = |adapter: &Adapter| adapter.get_info().device_type;
    adapters.filter(|adapter| usable(kind(adapter))).min_by_key(|adapter| rank(kind(adapter)))
}

/// What is preferred comes first.
fn rank(kind: DeviceType) -> usize {
    let order =
        [DeviceType::DiscreteGpu, DeviceType::IntegratedGpu, DeviceType::VirtualGpu, DeviceType::Other];
    order.iter().position(|known| *known == kind).unwrap_or(order.len())
}

/// The errors of `wgpu` run over several lines; ours are one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

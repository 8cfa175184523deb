//! The compute kernels, as commands on given maps.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, CommandEncoder, ComputePassDescriptor,
    ComputePipeline, ComputePipelineDescriptor, PipelineCompilationOptions, ShaderModule,
};

use super::Gpu;
use super::map::Map;
use super::quadratic::Quadratic;

/// Positions that `spread` takes a workgroup, and such groups along the first dimension of its grid.
const SPREAD: usize = 64;
const SPREAD_ALONG: usize = 32768;

/// The compiled kernels of `shaders/`.
#[derive(Debug)]
pub(super) struct Pipelines {
    /// For wide, middling and narrow outputs, with the shape of their tiles.
    convolve: [(Tile, ComputePipeline); 3],
    pool: ComputePipeline,
    unpool: ComputePipeline,
    gate: ComputePipeline,
    difference: ComputePipeline,
    gram: ComputePipeline,
    reduce: ComputePipeline,
    spread: ComputePipeline,
}

/// What a workgroup of a convolution makes.
#[derive(Clone, Copy, Debug)]
struct Tile {
    quads: usize,
    rows: usize,
    columns: usize,
}

/// Something for the GPU to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Sets the first bytes of a buffer to zero.
    Clear { buffer: Buffer, bytes: u64 },
    /// Runs a kernel.
    Dispatch { pipeline: ComputePipeline, bindings: BindGroup, groups: [u32; 3] },
}

/// What follows a convolution.
pub(super) enum Finish<'m> {
    /// Nothing.
    Plain,
    /// Bias and ReLU.
    Activate { bias: &'m Buffer },
    /// The gradient of a ReLU whose output is `activation`, where it `accumulates` after adding what is there already.
    Gate { activation: &'m Map, accumulate: bool },
}

impl Pipelines {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let module = |source: &str| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(source.into()),
            })
        };
        let pipeline = |module: &ShaderModule, entry: &str, constants: &[(&str, f64)]| {
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module,
                entry_point: Some(entry),
                // Every kernel fills what it reads.
                compilation_options: PipelineCompilationOptions {
                    constants,
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            })
        };
        let convolution = module(include_str!("shaders/convolution.wgsl"));
        let pointwise = module(include_str!("shaders/pointwise.wgsl"));
        let gram = module(include_str!("shaders/gram.wgsl"));
        let tiles = [(16, 8, 8), (8, 8, 16), (4, 16, 16)];
        let convolve = tiles.map(|(quads, rows, columns)| {
            let constants = [("OUTPUTS", quads as f64), ("COLUMNS", columns as f64)];
            (Tile { quads, rows, columns }, pipeline(&convolution, "convolve", &constants))
        });
        Self {
            convolve,
            pool: pipeline(&pointwise, "pool", &[]),
            unpool: pipeline(&pointwise, "unpool", &[]),
            gate: pipeline(&pointwise, "gate", &[]),
            difference: pipeline(&pointwise, "difference", &[]),
            gram: pipeline(&gram, "gram", &[]),
            reduce: pipeline(&gram, "reduce", &[]),
            spread: pipeline(&gram, "spread", &[]),
        }
    }
}

impl Command {
    pub(super) fn encode(&self, encoder: &mut CommandEncoder) {
        match self {
            Self::Clear { buffer, bytes } => encoder.clear_buffer(buffer, 0, Some(*bytes)),
            Self::Dispatch { pipeline, bindings, groups: [x, y, z] } => {
                let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, bindings, &[]);
                pass.dispatch_workgroups(*x, *y, *z);
            }
        }
    }
}

impl Gpu {
    /// `output` = 3×3 convolution of `input` by `weights`, which [`super::OnGpu`] has packed.
    pub(super) fn convolve(
        &self,
        input: &Map,
        weights: &Buffer,
        output: &Map,
        finish: &Finish<'_>,
    ) -> Command {
        let (flags, extra) = match finish {
            Finish::Plain => (0, weights),
            Finish::Activate { bias } => (1, *bias),
            Finish::Gate { activation, accumulate: false } => (4, &activation.buffer),
            Finish::Gate { activation, accumulate: true } => (6, &activation.buffer),
        };
        let narrow = self.pipelines.convolve.iter().find(|(tile, _)| output.quads() >= tile.quads);
        let (tile, pipeline) = narrow.unwrap_or(&self.pipelines.convolve[2]);
        let uniforms = [output.height, output.width, input.quads(), output.quads(), flags, 0, 0, 0];
        let groups = [
            output.width.div_ceil(tile.columns),
            output.height.div_ceil(tile.rows),
            output.quads().div_ceil(tile.quads),
        ];
        let buffers = [(1, &input.buffer), (2, weights), (3, extra), (4, &output.buffer)];
        self.dispatch(pipeline, &uniforms.map(|v| v as u32), &buffers, groups)
    }

    /// `output` = 2×2 maxima of `input`.
    pub(super) fn pool(&self, input: &Map, output: &Map) -> Command {
        let groups = [(output.width * output.quads()).div_ceil(64), output.height, 1];
        self.dispatch(
            &self.pipelines.pool,
            &shape(input, false),
            &[(1, &input.buffer), (2, &output.buffer)],
            groups,
        )
    }

    /// `gradient` by the argument of the ReLU whose output `input` was pooled, from that by the pooled map, plus, where it
    /// accumulates, what it holds already.
    pub(super) fn unpool(&self, input: &Map, pooled: &Map, gradient: &Map, accumulate: bool) -> Command {
        let buffers = [(1, &input.buffer), (2, &gradient.buffer), (3, &pooled.buffer)];
        self.dispatch(&self.pipelines.unpool, &shape(input, accumulate), &buffers, rows(input))
    }

    /// Takes `gradient` by the ReLU's output `activation` to one by its argument.
    pub(super) fn gate(&self, activation: &Map, gradient: &Map) -> Command {
        let buffers = [(1, &activation.buffer), (2, &gradient.buffer)];
        self.dispatch(&self.pipelines.gate, &shape(activation, false), &buffers, rows(activation))
    }

    /// `output` = `input` − `other`.
    pub(super) fn difference(&self, input: &Map, other: &Map, output: &Map) -> Command {
        let buffers = [(1, &input.buffer), (2, &output.buffer), (3, &other.buffer)];
        self.dispatch(&self.pipelines.difference, &shape(input, false), &buffers, rows(input))
    }

    /// The term's place among `matrices` = Σ_p w_p f_p f_pᵀ over `features`; `sums` takes the parts.
    pub(super) fn gram(
        &self,
        features: &Map,
        term: &Quadratic,
        sums: &Buffer,
        matrices: &Buffer,
    ) -> [Command; 2] {
        let tiles = features.quads().div_ceil(16);
        let buffers = [(1, &features.buffer), (2, &term.listed), (3, sums)];
        let groups = [tiles, tiles, term.parts()];
        let gram = self.dispatch(&self.pipelines.gram, &term.uniforms(), &buffers, groups);
        let groups = [term.size().div_ceil(256), 1, 1];
        let reduce =
            self.dispatch(&self.pipelines.reduce, &term.uniforms(), &[(3, sums), (4, matrices)], groups);
        [gram, reduce]
    }

    /// `gradient` += w_p D f_p, with D the term's among `factors`.
    pub(super) fn spread(
        &self,
        features: &Map,
        term: &Quadratic,
        factors: &Buffer,
        gradient: &Map,
    ) -> Command {
        let tiles = term.count.div_ceil(SPREAD);
        let groups = [tiles.min(SPREAD_ALONG), features.quads().div_ceil(16), tiles.div_ceil(SPREAD_ALONG)];
        let buffers = [(1, &features.buffer), (2, &term.listed), (5, factors), (6, &gradient.buffer)];
        self.dispatch(&self.pipelines.spread, &term.uniforms(), &buffers, groups)
    }

    /// Sets a map to zero.
    pub(super) fn clear(&self, map: &Map) -> Command {
        Command::Clear { buffer: map.buffer.clone(), bytes: 4 * map.values() as u64 }
    }

    fn dispatch(
        &self,
        pipeline: &ComputePipeline,
        uniforms: &[u32],
        buffers: &[(u32, &Buffer)],
        groups: [usize; 3],
    ) -> Command {
        let uniforms = self.uniforms(uniforms);
        let entries = std::iter::once((0, &uniforms)).chain(buffers.iter().copied());
        let entries: Vec<BindGroupEntry<'_>> = entries
            .map(|(binding, buffer)| BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let bindings = self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Command::Dispatch { pipeline: pipeline.clone(), bindings, groups: groups.map(|n| n as u32) }
    }
}

fn shape(map: &Map, accumulate: bool) -> [u32; 4] {
    [map.height, map.width, map.quads(), usize::from(accumulate)].map(|v| v as u32)
}

fn rows(map: &Map) -> [usize; 3] {
    [(map.width * map.quads()).div_ceil(64), map.height, 1]
}

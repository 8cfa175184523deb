// G = Σ_p w_p f_p f_pᵀ over listed positions p, and the way back: g_p += w_p D f_p with a symmetric D.
//
// Matrices are row-major, four columns a quad. `gram` makes a tile of 64 × 64 from one part of the positions, `reduce` adds
// the parts up; `spread` makes a tile of 64 positions × 64 channels.

struct Shape {
    // Quads of channels.
    channels: u32,
    // Listed positions, and how many of them make a part.
    listed: u32,
    part: u32,
    parts: u32,
    // Where the matrix starts among those of all terms, in quads.
    offset: u32,
}

struct Listed {
    position: u32,
    weight: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> features: array<vec4f>;
@group(0) @binding(2) var<storage, read> listed: array<Listed>;
// Sums of parts.
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> matrices: array<vec4f>;
@group(0) @binding(5) var<storage, read> factors: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gradient: array<vec4f>;

// Groups of 64 positions that `spread` has along the first dimension of its grid, which not all would fit.
const ALONG: u32 = 32768u;

// 16 × 16 quads each.
var<workgroup> left: array<vec4f, 256>;
var<workgroup> right: array<vec4f, 256>;

@compute @workgroup_size(256)
fn gram(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
    let row = thread / 16u;
    let column = thread % 16u;
    let end = min((tile.z + 1u) * shape.part, shape.listed);
    var sum0 = vec4f();
    var sum1 = vec4f();
    var sum2 = vec4f();
    var sum3 = vec4f();
    for (var first = tile.z * shape.part; first < end; first += 16u) {
        // Sixteen positions a time: here `row` is the position's number.
        var a = vec4f();
        var b = vec4f();
        if first + row < end {
            let at = listed[first + row];
            let base = at.position * shape.channels;
            if 16u * tile.y + column < shape.channels {
                a = at.weight * features[base + 16u * tile.y + column];
            }
            if 16u * tile.x + column < shape.channels {
                b = features[base + 16u * tile.x + column];
            }
        }
        left[thread] = a;
        right[thread] = b;
        workgroupBarrier();
        for (var k = 0u; k < 256u; k += 16u) {
            let l = left[k + row];
            let r = right[k + column];
            sum0 += l.x * r;
            sum1 += l.y * r;
            sum2 += l.z * r;
            sum3 += l.w * r;
        }
        workgroupBarrier();
    }
    let quad_row = 16u * tile.y + row;
    let quad_column = 16u * tile.x + column;
    if quad_row < shape.channels && quad_column < shape.channels {
        let at = ((tile.z * shape.channels + quad_row) * 4u) * shape.channels + quad_column;
        sums[at] = sum0;
        sums[at + shape.channels] = sum1;
        sums[at + 2u * shape.channels] = sum2;
        sums[at + 3u * shape.channels] = sum3;
    }
}

@compute @workgroup_size(256)
fn reduce(@builtin(global_invocation_id) id: vec3u) {
    let size = 4u * shape.channels * shape.channels;
    if id.x < size {
        var sum = vec4f();
        for (var part = 0u; part < shape.parts; part++) {
            sum += sums[part * size + id.x];
        }
        matrices[shape.offset + id.x] = sum;
    }
}

@compute @workgroup_size(256)
fn spread(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
    let column = thread % 16u;
    let quad = 16u * tile.y + column;
    let start = 64u * (tile.z * ALONG + tile.x);
    // This thread's four positions.
    let own = 4u * (thread / 16u);
    var sum0 = vec4f();
    var sum1 = vec4f();
    var sum2 = vec4f();
    var sum3 = vec4f();
    for (var first = 0u; first < shape.channels; first += 4u) {
        // `left`: 64 positions × 4 quads; `right`: 16 rows of D × 16 quads.
        let number = start + thread / 4u;
        let channel = first + thread % 4u;
        var value = vec4f();
        if number < shape.listed && channel < shape.channels {
            value = features[listed[number].position * shape.channels + channel];
        }
        left[thread] = value;
        let matrix_row = 4u * first + thread / 16u;
        value = vec4f();
        if matrix_row < 4u * shape.channels && quad < shape.channels {
            value = factors[shape.offset + matrix_row * shape.channels + quad];
        }
        right[thread] = value;
        workgroupBarrier();
        for (var k = 0u; k < 4u; k++) {
            let at = 64u * k + column;
            let m = mat4x4f(right[at], right[at + 16u], right[at + 32u], right[at + 48u]);
            sum0 += m * left[4u * own + k];
            sum1 += m * left[4u * own + 4u + k];
            sum2 += m * left[4u * own + 8u + k];
            sum3 += m * left[4u * own + 12u + k];
        }
        workgroupBarrier();
    }
    if quad < shape.channels {
        add(start + own, quad, sum0);
        add(start + own + 1u, quad, sum1);
        add(start + own + 2u, quad, sum2);
        add(start + own + 3u, quad, sum3);
    }
}

fn add(number: u32, quad: u32, sum: vec4f) {
    if number < shape.listed {
        let at = listed[number];
        gradient[at.position * shape.channels + quad] += at.weight * sum;
    }
}

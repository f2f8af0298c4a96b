// Threads, seeds, generators, devices and the library's version.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/api/include/torch/cuda.h>
#include <torch/csrc/api/include/torch/version.h>

#include "bridge.h"
#include "handles.h"

VT_API const char* vt_version() { return TORCH_VERSION; }

VT_API int vt_threads() { return at::get_num_threads(); }

VT_API int vt_set_threads(int count) {
    return vt::guarded([&] { at::set_num_threads(count); return 0; }, -1);
}

VT_API int vt_interop_threads() { return at::get_num_interop_threads(); }

VT_API int vt_set_interop_threads(int count) {
    return vt::guarded([&] { at::set_num_interop_threads(count); return 0; }, -1);
}

VT_API int vt_cuda_available() {
    return vt::guarded([&] { return static_cast<int>(torch::cuda::is_available()); }, 0);
}

VT_API int vt_cuda_count() {
    return vt::guarded([&] { return static_cast<int>(torch::cuda::device_count()); }, 0);
}

VT_API int vt_cuda_synchronize(int index) {
    return vt::guarded([&] { torch::cuda::synchronize(index); return 0; }, -1);
}

VT_API int vt_cuda_seed(int64_t seed) {
    return vt::guarded([&] { torch::cuda::manual_seed_all(static_cast<uint64_t>(seed)); return 0; }, -1);
}

VT_API int vt_default_dtype() {
    return static_cast<int>(c10::typeMetaToScalarType(c10::get_default_dtype()));
}

VT_API int vt_set_default_dtype(int dtype) {
    return vt::guarded([&] {
        c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype)));
        return 0;
    }, -1);
}

// 0 highest, 1 high, 2 medium: how many bits of a float32 product may be dropped.
VT_API int vt_matmul_precision() { return static_cast<int>(at::globalContext().float32MatmulPrecision()); }

VT_API int vt_set_matmul_precision(int precision) {
    return vt::guarded([&] {
        at::globalContext().setFloat32MatmulPrecision(static_cast<at::Float32MatmulPrecision>(precision));
        return 0;
    }, -1);
}

VT_API int vt_manual_seed(int64_t seed) {
    return vt::guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); return 0; }, -1);
}

// A generator of its own. Packed device as in handles.h.
VT_API void* vt_generator_new(int64_t seed, int64_t device) {
    return vt::guarded([&]() -> void* {
        auto where = vt::device(device);
        auto generator = where.is_cpu() ? at::detail::createCPUGenerator()
                                        : at::globalContext().defaultGenerator(where).clone();
        generator.set_current_seed(static_cast<uint64_t>(seed));
        return new at::Generator(generator);
    }, static_cast<void*>(nullptr));
}

// A handle to the generator that operators use when they are given none.
VT_API void* vt_generator_default(int64_t device) {
    return vt::guarded([&]() -> void* {
        return new at::Generator(at::globalContext().defaultGenerator(vt::device(device)));
    }, static_cast<void*>(nullptr));
}

VT_API void vt_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }

VT_API int vt_generator_seed(void* generator, int64_t seed) {
    return vt::guarded([&] {
        static_cast<at::Generator*>(generator)->set_current_seed(static_cast<uint64_t>(seed));
        return 0;
    }, -1);
}

VT_API int64_t vt_generator_initial_seed(void* generator) {
    return static_cast<int64_t>(static_cast<at::Generator*>(generator)->current_seed());
}

VT_API void* vt_generator_state(void* generator) {
    return vt::guarded([&]() -> void* {
        return vt::hand_out(static_cast<at::Generator*>(generator)->get_state());
    }, static_cast<void*>(nullptr));
}

VT_API int vt_generator_set_state(void* generator, void* state) {
    return vt::guarded([&] {
        static_cast<at::Generator*>(generator)->set_state(vt::borrow(state));
        return 0;
    }, -1);
}

// Tensors as the caller holds them: a counted reference to the TensorImpl, without a second allocation.
#pragma once
#include <ATen/ATen.h>
#include <torch/csrc/api/include/torch/version.h>

#include <atomic>
#include <optional>
#include <string>

namespace vt {

// libtorch had an optional of its own until 2.6, where it is the standard's.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6)
template <typename T> using optional = std::optional<T>;
#else
template <typename T> using optional = c10::optional<T>;
#endif

inline thread_local std::string last_error;
inline std::atomic<int64_t> live{0};      // references handed out and not yet given back

// Runs the body; an exception becomes the failure value and a message.
template <typename Body, typename Result>
Result guarded(Body&& body, Result failure) {
    try {
        return body();
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "unknown native exception";
    }
    return failure;
}

inline void* hand_out(at::Tensor tensor) {
    live.fetch_add(1, std::memory_order_relaxed);
    return tensor.unsafeReleaseIntrusivePtr().release();
}

inline at::TensorImpl* impl(void* handle) { return static_cast<at::TensorImpl*>(handle); }

// A new reference to a tensor the caller keeps.
inline at::Tensor borrow(void* handle) {
    TORCH_CHECK(handle, "the tensor was disposed");
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::unsafe_reclaim_from_nonowning(
        impl(handle)));
}

// type << 8 | index, index 0xff for "current".
inline c10::Device device(int64_t packed) {
    auto index = static_cast<c10::DeviceIndex>(packed & 0xff);
    return c10::Device(static_cast<c10::DeviceType>(packed >> 8), (packed & 0xff) == 0xff ? -1 : index);
}

}  // namespace vt

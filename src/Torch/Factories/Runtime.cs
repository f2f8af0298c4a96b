using Vlm.Engine;

namespace TorchSharp;

/// <summary>How many bits of a float32 matrix product a GPU may drop for speed.</summary>
public enum Float32MatmulPrecision
{
    highest = 0,
    high = 1,
    medium = 2,
}

public static partial class torch
{
    // Threads, devices and the library itself.
    public static string __version__ => EngineInfo.Version;

    public static int get_num_threads() => Native.vt_threads();

    /// <summary>Threads inside one operator.</summary>
    public static void set_num_threads(int num) => _ = Native.Check(Native.vt_set_threads(num));

    public static int get_num_interop_threads() => Native.vt_interop_threads();

    public static void set_num_interop_threads(int num) => _ = Native.Check(Native.vt_set_interop_threads(num));

    public static bool cuda_is_available() => cuda.is_available();

    public static Float32MatmulPrecision get_float32_matmul_precision() =>
        (Float32MatmulPrecision)Native.vt_matmul_precision();

    /// <summary>Lasts until the result is disposed.</summary>
    public static IDisposable set_float32_matmul_precision(Float32MatmulPrecision precision) =>
        new MatmulPrecision(precision);

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.Current;

    /// <summary>NVIDIA's devices.</summary>
    public static partial class cuda
    {
        public static bool is_available() => Native.vt_cuda_available() != 0;

        public static int device_count() => Native.vt_cuda_count();

        /// <summary>Seeds the current device's generator; without one, nothing.</summary>
        public static void manual_seed(long seed) => manual_seed_all(seed);

        public static void manual_seed_all(long seed)
        {
            if (is_available())
                _ = Native.Check(Native.vt_cuda_seed(seed));
        }

        /// <summary>Waits until the device has done all that was asked of it.</summary>
        public static void synchronize(Device? device = null) =>
            _ = Native.Check(Native.vt_cuda_synchronize(device?.index ?? -1));
    }

    private sealed class MatmulPrecision : IDisposable
    {
        private readonly Float32MatmulPrecision _before = get_float32_matmul_precision();

        internal MatmulPrecision(Float32MatmulPrecision precision) => Set(precision);

        public void Dispose() => Set(_before);

        private static void Set(Float32MatmulPrecision precision) =>
            _ = Native.Check(Native.vt_set_matmul_precision((int)precision));
    }
}

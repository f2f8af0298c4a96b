using System.Runtime.InteropServices;
using System.Text;

namespace Vlm.Engine;

/// <summary>A GPU's name and memory, which TorchSharp does not tell, from NVIDIA's driver.</summary>
/// <remarks>CUDA Driver API, section 6.5 (device management). The library is there wherever CUDA works.</remarks>
internal static unsafe class CudaDriver
{
    /// <summary>What device N of this process is; null where the driver does not answer.</summary>
    internal static (string Name, long Bytes)? Facts(int index)
    {
        if (!NativeLibrary.TryLoad(File, out nint driver))
            return null;

        const int MaxLength = 256;
        int device = 0;
        nuint bytes = 0;
        byte* name = stackalloc byte[MaxLength];
        bool answered = ((delegate* unmanaged<uint, int>)Function(driver, "cuInit"))(0) == 0
            && ((delegate* unmanaged<int*, int, int>)Function(driver, "cuDeviceGet"))(&device, index) == 0
            && ((delegate* unmanaged<byte*, int, int, int>)Function(driver, "cuDeviceGetName"))(name, MaxLength, device) == 0
            && ((delegate* unmanaged<nuint*, int, int>)Function(driver, "cuDeviceTotalMem_v2"))(&bytes, device) == 0;
        return answered ? (Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), (long)bytes) : null;
    }

    /// <summary>
    /// Bytes that are taken of the memory of the device that this thread computes on, by whomever; null where it is on none.
    /// </summary>
    /// <remarks>CUDA Driver API, section 6.13 (memory management), cuMemGetInfo.</remarks>
    internal static long? InUse()
    {
        if (!NativeLibrary.TryLoad(File, out nint driver))
            return null;

        nuint free = 0, all = 0;
        return ((delegate* unmanaged<nuint*, nuint*, int>)Function(driver, "cuMemGetInfo_v2"))(&free, &all) == 0
            ? (long)(all - free) : null;
    }

    private static string File => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    private static nint Function(nint driver, string name) => NativeLibrary.GetExport(driver, name);
}

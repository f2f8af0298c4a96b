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
        string file = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(file, out nint driver))
            return null;

        const int Most = 256;
        int device = 0;
        nuint bytes = 0;
        byte* name = stackalloc byte[Most];
        bool answered = ((delegate* unmanaged<uint, int>)Function(driver, "cuInit"))(0) == 0
            && ((delegate* unmanaged<int*, int, int>)Function(driver, "cuDeviceGet"))(&device, index) == 0
            && ((delegate* unmanaged<byte*, int, int, int>)Function(driver, "cuDeviceGetName"))(name, Most, device) == 0
            && ((delegate* unmanaged<nuint*, int, int>)Function(driver, "cuDeviceTotalMem_v2"))(&bytes, device) == 0;
        return answered ? (Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), (long)bytes) : null;
    }

    private static nint Function(nint driver, string name) => NativeLibrary.GetExport(driver, name);
}

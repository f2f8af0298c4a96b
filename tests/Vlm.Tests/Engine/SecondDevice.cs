using System.Runtime.InteropServices;
using TorchSharp;
using Vlm.Engine;

namespace Vlm.Tests.Engine;

/// <summary>
/// A device that is not the processor, on machines without a GPU: libtorch's lazy tensors, which record operators, compute them
/// when a value is asked for, and refuse to be mixed with the processor's tensors. What would leave a tensor on the
/// processor on a GPU fails on it.
/// </summary>
internal static class SecondDevice
{
    private const DeviceType Lazy = (DeviceType)17;     // c10/core/DeviceType.h, which TorchSharp's enum does not list in full

    internal static torch.Device Device { get; } = Start();

    // The backend is in every libtorch; Python's torch._lazy.ts_backend.init() calls the same function.
    private static unsafe torch.Device Start()
    {
        nint library = NativeLibrary.Load(Path.Combine(NativeLibraries.Folder, TorchFiles.FileName("torch_cpu")));
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "_ZN5torch4lazy22InitTorchScriptBackendEv"))();
        return new torch.Device(Lazy, 0);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace Vlm.Onnx.Runtime;

/// <summary>ONNX Runtime failed while it ran a graph. Its message names the node.</summary>
/// <param name="message">What ONNX Runtime said.</param>
public sealed class OnnxException(string message) : Exception(message);

/// <summary>Something that ONNX Runtime made and must be told to free.</summary>
internal sealed unsafe class OrtHandle : SafeHandle
{
    private readonly delegate* unmanaged<nint, void> _release;

    public OrtHandle(nint made, delegate* unmanaged<nint, void> release) : base(0, ownsHandle: true)
    {
        _release = release;
        SetHandle(made);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The pointer, for a call during which this object is kept alive.</summary>
    /// <exception cref="ObjectDisposedException">It is freed already.</exception>
    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        _release(handle);
        return true;
    }
}

/// <summary>What all sessions of a process share: the environment, the allocator of small things, the CPU's memory.</summary>
/// <param name="Env">OrtEnv</param>
/// <param name="Allocator">OrtAllocator that gives names and arrays; not to be freed.</param>
/// <param name="Cpu">OrtMemoryInfo of plain memory.</param>
internal sealed record OrtEnvironment(nint Env, nint Allocator, nint Cpu)
{
    // Everything that the library would log comes back as a status too, and is thrown.
    private const int LogFatal = 4;
    private const int ArenaAllocator = 1;

    public static unsafe OrtEnvironment Create(OrtApi api)
    {
        nint env = 0, allocator = 0;
        fixed (byte* name = "vlm\0"u8)
            api.Check(api.CreateEnv(LogFatal, name, &env));
        api.Check(api.GetAllocatorWithDefaultOptions(&allocator));
        return new OrtEnvironment(env, allocator, Memory(api, "Cpu", 0));
    }

    /// <summary>OrtMemoryInfo of a device's memory, by the name ONNX Runtime has for it.</summary>
    public static unsafe nint Memory(OrtApi api, string device, int number)
    {
        nint memory = 0;
        fixed (byte* name = Bytes(device))
            api.Check(api.CreateMemoryInfo(name, ArenaAllocator, number, 0, &memory));
        return memory;
    }

    /// <summary>A text as C takes it.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text + '\0');
}

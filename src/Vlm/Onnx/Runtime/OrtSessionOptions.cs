using System.Globalization;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Tells ONNX Runtime what <see cref="OnnxOptions"/> say.</summary>
internal static unsafe class OrtSessionOptions
{
    /// <summary>A new OrtSessionOptions.</summary>
    /// <exception cref="UsageException">The library has no CUDA, or it does not work here.</exception>
    public static OrtHandle Create(OrtApi api, OnnxOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Device);
        nint made = 0;
        api.Check(api.CreateSessionOptions(&made));
        var handle = new OrtHandle(made, api.ReleaseSessionOptions);
        try
        {
            api.Check(api.SetSessionGraphOptimizationLevel(made, (int)options.Optimisation));
            api.Check(api.SetIntraOpNumThreads(made, options.Threads > 0 ? options.Threads : get_num_threads()));
            Set(api, made, "session.intra_op.allow_spinning", options.Spin ? "1" : "0");
            if (options.Provider == OnnxProvider.Cuda)
                AddCuda(api, made, options.Device);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The names of what the library was built to compute with.</summary>
    public static string[] Providers(OrtApi api)
    {
        byte** names = null;
        int count = 0;
        api.Check(api.GetAvailableProviders(&names, &count));
        var found = new string[count];
        for (int i = 0; i < count; i++)
            found[i] = OrtApi.Text(names[i]);
        api.Check(api.ReleaseAvailableProviders(names, count));
        return found;
    }

    private static void Set(OrtApi api, nint options, string key, string value)
    {
        fixed (byte* k = OrtEnvironment.Bytes(key), v = OrtEnvironment.Bytes(value))
            api.Check(api.AddSessionConfigEntry(options, k, v));
    }

    private static void AddCuda(OrtApi api, nint options, int device)
    {
        if (!Providers(api).Contains("CUDAExecutionProvider"))
            throw NoCuda(api, "it was built without");

        try
        {
            nint made = 0;
            api.Check(api.CreateCudaOptions(&made));
            using var cuda = new OrtHandle(made, api.ReleaseCudaOptions);
            fixed (byte* name = "device_id\0"u8,
                number = OrtEnvironment.Bytes(device.ToString(CultureInfo.InvariantCulture)))
            {
                byte* key = name, value = number;
                api.Check(api.UpdateCudaOptions(made, &key, &value, 1));
            }

            api.Check(api.AppendCuda(options, made));
        }
        catch (OnnxException error)
        {
            throw NoCuda(api, error.Message);
        }
    }

    private static UsageException NoCuda(OrtApi api, string reason) => new(
        $"the ONNX Runtime library here does not compute with CUDA: {reason}", api.File,
        $"the processor; or {OrtLibrary.Variable}=/path/to/libonnxruntime.so of the package "
        + "Microsoft.ML.OnnxRuntime.Gpu.Linux, with its providers beside it");
}

using Microsoft.ML.OnnxRuntime;
using Vlm.Engine;

namespace Vlm.Onnx.Runtime;

/// <summary>ONNX Runtime's one environment of the process, and what it says where something fails.</summary>
internal static class OnnxEnvironment
{
    private static readonly Lock s_gate = new();

    /// <summary>Loads the native library. Nothing is printed by it: what it would log comes back as an error too.</summary>
    /// <exception cref="UsageException">There is none, or it does not load.</exception>
    public static void Require()
    {
        lock (s_gate)
        {
            if (OrtEnv.IsCreated)
                return;
            var quiet = new EnvironmentCreationOptions { logId = "vlm", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            try
            {
                OrtEnv.CreateInstanceWithOptions(ref quiet);
            }
            catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or BadImageFormatException)
            {
                throw Missing(error);
            }
        }
    }

    /// <summary>The first line of a message, without the code and the path that stand before it. It names the node.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="path">The graph's file.</param>
    public static string Line(OnnxRuntimeException error, string path)
    {
        string message = error.Message.Trim().Split('\n', 2)[0].Trim();
        if (message.StartsWith("[ErrorCode:", StringComparison.Ordinal))
            message = message[(message.IndexOf(']', StringComparison.Ordinal) + 1)..];
        return message.Replace($"Load model from {path} failed:", "", StringComparison.Ordinal).Trim();
    }

    private static UsageException Missing(Exception error) => new(
        $"the native library of ONNX Runtime cannot be loaded: {EngineErrors.Sentence(error.InnerException ?? error)}",
        "package Microsoft.ML.OnnxRuntime", "delete the package's folder and restore it (dotnet restore)");
}

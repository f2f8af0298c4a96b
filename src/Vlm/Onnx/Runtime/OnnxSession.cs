using Microsoft.ML.OnnxRuntime;
using Vlm.Checkpoints;

namespace Vlm.Onnx.Runtime;

/// <summary>A graph, loaded by ONNX Runtime and ready to run. Several threads may run it at once.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

    private OnnxSession(string path, OnnxOptions options, InferenceSession session)
    {
        (Path, Options, _session) = (path, options, session);
        Inputs = [.. session.InputNames.Select(name => OnnxValueInfo.Of(name, session.InputMetadata[name]))];
        Outputs = [.. session.OutputNames.Select(name => OnnxValueInfo.Of(name, session.OutputMetadata[name]))];
        Optional = [.. session.OverridableInitializerMetadata.Select(item => OnnxValueInfo.Of(item.Key, item.Value))];
    }

    /// <summary>The graph's file.</summary>
    public string Path { get; }

    /// <summary>How it runs.</summary>
    public OnnxOptions Options { get; }

    /// <summary>What it takes, in the graph's order.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs { get; }

    /// <summary>What it takes where it is given, and has a value of its own for otherwise.</summary>
    public IReadOnlyList<OnnxValueInfo> Optional { get; }

    /// <summary>What it gives, in the graph's order.</summary>
    public IReadOnlyList<OnnxValueInfo> Outputs { get; }

    /// <summary>Loads a graph. Weights in files of their own are looked for beside it.</summary>
    /// <param name="path">An .onnx file.</param>
    /// <param name="options">How to run it; null for the processor.</param>
    /// <exception cref="UsageException">
    /// The file is not there, ONNX Runtime refuses it (its message names the node) or does not load, or it has no CUDA.
    /// </exception>
    public static OnnxSession Load(string path, OnnxOptions? options = null)
    {
        if (!File.Exists(path))
            throw new UsageException("there is no such ONNX file", path, "the path of an .onnx file");
        HubFile.Require(path);

        options ??= new OnnxOptions();
        using SessionOptions settings = options.Session();
        try
        {
            return new OnnxSession(path, options, new InferenceSession(path, settings));
        }
        catch (OnnxRuntimeException error)
        {
            throw new UsageException($"ONNX Runtime refuses the graph: {OnnxEnvironment.Line(error, path)}", path,
                "write the file again, or give one that other programs load");
        }
    }

    /// <summary>Runs the graph. What it gives lies on the processor.</summary>
    /// <param name="inputs">
    /// A tensor for each input, and for any of the optional ones; they must stay undisposed until the call returns.
    /// </param>
    /// <param name="outputs">The outputs to compute; all where none is named.</param>
    /// <exception cref="UsageException">An input does not fit the graph, or a node failed; the message names it.</exception>
    public OnnxValues Run(IReadOnlyDictionary<string, OrtValue> inputs, params string[] outputs) => Told(() =>
    {
        string[] wanted = outputs.Length > 0 ? outputs : [.. Outputs.Select(output => output.Name)];
        return new OnnxValues(wanted, _session.Run(_run, inputs, wanted));
    });

    /// <summary>Inputs and outputs bound to memory, so that what stays on a card, or is handed on, is not copied.</summary>
    public OnnxBinding Bind() => new(this, _session.CreateIoBinding(), binding => _session.RunWithBoundResults(_run, binding));

    /// <summary>Frees the graph. Tensors that it gave stay.</summary>
    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    /// <summary>Does something with the graph, and says in three lines what fails in it.</summary>
    internal T Told<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (OnnxRuntimeException error)
        {
            throw new UsageException($"ONNX Runtime fails in the graph: {OnnxEnvironment.Line(error, Path)}", Path,
                "export the model again; or more memory, where there was too little");
        }
    }
}

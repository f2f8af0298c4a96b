namespace Vlm.Onnx.Runtime;

/// <summary>A graph, loaded by ONNX Runtime and ready to run. Several threads may run it at once.</summary>
public sealed unsafe class OnnxSession : IDisposable
{
    private readonly OrtHandle _session;
    private readonly Dictionary<string, OnnxValueInfo> _inputs;
    private readonly Dictionary<string, byte[]> _names;

    private OnnxSession(string path, OnnxOptions options, OrtHandle session)
    {
        OrtApi api = OrtApi.Instance;
        (Path, Options, _session) = (path, options, session);
        Inputs = OrtMetadata.Inputs(api, session.Pointer);
        Outputs = OrtMetadata.Outputs(api, session.Pointer);
        Optional = OrtMetadata.Optional(api, session.Pointer);
        _inputs = Inputs.Concat(Optional).ToDictionary(input => input.Name);
        _names = _inputs.Values.Concat(Outputs).Select(item => item.Name).Distinct().ToDictionary(name => name, Pinned);
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

    /// <summary>OrtSession, alive while this object is.</summary>
    internal nint Session => _session.Pointer;

    /// <summary>Loads a graph. Weights in files of their own are looked for beside it.</summary>
    /// <param name="path">An .onnx file.</param>
    /// <param name="options">How to run it; null for the processor.</param>
    /// <exception cref="UsageException">
    /// The file is not there, ONNX Runtime refuses it (its message names the node), the library is not installed, or it has
    /// no CUDA.
    /// </exception>
    public static OnnxSession Load(string path, OnnxOptions? options = null)
    {
        if (!System.IO.File.Exists(path))
            throw new UsageException("there is no such ONNX file", path, "the path of an .onnx file");

        options ??= new OnnxOptions();
        OrtApi api = OrtApi.Instance;
        using OrtHandle settings = OrtSessionOptions.Create(api, options);
        var session = new OrtHandle(Open(api, path, settings.Pointer), api.ReleaseSession);
        return new OnnxSession(path, options, session);
    }

    /// <summary>Runs the graph. What it gives lies on the processor.</summary>
    /// <param name="inputs">A tensor for each input, and for any of the optional ones; they must stay undisposed until the call returns.</param>
    /// <param name="outputs">The outputs to compute; all where none is named.</param>
    /// <exception cref="ArgumentException">
    /// An input is missing, unknown, or of another type or shape; the message says which.
    /// </exception>
    /// <exception cref="OnnxException">A node failed; the message names it.</exception>
    public OnnxValues Run(IReadOnlyDictionary<string, OnnxTensor> inputs, params string[] outputs)
    {
        string[] wanted = outputs.Length > 0 ? outputs : [.. Outputs.Select(output => output.Name)];
        foreach (string name in wanted)
            CheckOutput(name);
        foreach ((string name, OnnxTensor value) in inputs)
            CheckInput(name, value);
        CheckComplete(inputs.Keys);
        return new OnnxValues(wanted.Zip(Call([.. inputs.Keys], [.. inputs.Values.Select(item => item.Value)], wanted)));
    }

    /// <summary>Binds inputs and outputs to memory, so that what stays on a card, or is handed on, is not copied.</summary>
    public OnnxBinding Bind() => new(this);

    /// <summary>Frees the graph. Tensors that it gave stay.</summary>
    public void Dispose() => _session.Dispose();

    /// <summary>Refuses a tensor that the graph does not take under that name.</summary>
    internal void CheckInput(string name, OnnxTensor value)
    {
        if (!_inputs.TryGetValue(name, out OnnxValueInfo? input))
            throw new ArgumentException($"{File} has no input {name}; it takes {string.Join(", ", _inputs.Keys)}");
        if (!input.Takes(value.Element, value.Shape))
            throw new ArgumentException(
                $"input {name} of {File} is {input.Type}, not {value.Element.Name()} [{string.Join(", ", value.Shape)}]");
    }

    /// <summary>Refuses a name that the graph does not give.</summary>
    internal void CheckOutput(string name)
    {
        if (!Outputs.Any(output => output.Name == name))
            throw new ArgumentException(
                $"{File} has no output {name}; it gives {string.Join(", ", Outputs.Select(output => output.Name))}");
    }

    /// <summary>Refuses to run without one of the inputs.</summary>
    internal void CheckComplete(IEnumerable<string> given)
    {
        string[] missing = [.. Inputs.Select(input => input.Name).Except(given)];
        if (missing.Length > 0)
            throw new ArgumentException($"{File} also takes {string.Join(", ", missing)}");
    }

    /// <summary>A name as C takes it; its memory does not move.</summary>
    internal byte* NameOf(string name) =>
        (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_names[name], 0);

    private string File => System.IO.Path.GetFileName(Path);

    private OnnxTensor[] Call(string[] inputs, nint[] values, string[] outputs)
    {
        OrtApi api = OrtApi.Instance;
        byte** inputNames = stackalloc byte*[inputs.Length];
        byte** outputNames = stackalloc byte*[outputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            inputNames[i] = NameOf(inputs[i]);
        for (int i = 0; i < outputs.Length; i++)
            outputNames[i] = NameOf(outputs[i]);
        var given = new nint[outputs.Length];
        fixed (nint* from = values, to = given)
            api.Check(api.Run(
                Session, 0, inputNames, from, (nuint)inputs.Length, outputNames, (nuint)outputs.Length, to));
        GC.KeepAlive(this);
        return Array.ConvertAll(given, OnnxTensor.Own);
    }

    private static nint Open(OrtApi api, string path, nint settings)
    {
        nint session = 0;
        try
        {
            fixed (byte* file = OrtEnvironment.Bytes(path))
                api.Check(api.CreateSession(api.Environment.Env, file, settings, &session));
            return session;
        }
        catch (OnnxException error)
        {
            string message = error.Message.Replace($"Load model from {path} failed:", "", StringComparison.Ordinal);
            throw new UsageException(
                $"ONNX Runtime refuses the graph: {message.ReplaceLineEndings(" ")}", path,
                "write the file again, or give one that other programs load");
        }
    }

    private static byte[] Pinned(string name)
    {
        byte[] text = OrtEnvironment.Bytes(name);
        byte[] still = GC.AllocateUninitializedArray<byte>(text.Length, pinned: true);
        text.CopyTo(still, 0);
        return still;
    }
}

namespace Vlm.Onnx.Runtime;

/// <summary>Where an output is left.</summary>
public enum OnnxPlace
{
    /// <summary>In plain memory, where it can be read.</summary>
    Cpu,

    /// <summary>Where the session computes: on the card of a CUDA session. It can be an input there again.</summary>
    Session,
}

/// <summary>
/// The inputs and outputs of one session, bound to memory. Inputs are read where they lie, and stay bound from run to run
/// until another takes their place; each run gives its outputs in new memory. One thread at a time may use it.
/// </summary>
/// <example>
/// A step of a decoder, with the caches handed on: <code>
/// using OnnxValues given = binding.Run();
/// cache.Dispose();
/// cache = given.Take("present.0.key");
/// binding.Input("past_key_values.0.key", cache);
/// </code></example>
public sealed unsafe class OnnxBinding : IDisposable
{
    private readonly OnnxSession _session;
    private readonly OrtHandle _binding;
    private readonly Dictionary<string, OnnxTensor> _inputs = [];
    private readonly List<(string Name, nint Memory)> _outputs = [];
    private OrtHandle? _card;

    internal OnnxBinding(OnnxSession session)
    {
        OrtApi api = OrtApi.Instance;
        _session = session;
        nint made = 0;
        api.Check(api.CreateIoBinding(session.Session, &made));
        _binding = new OrtHandle(made, api.ReleaseIoBinding);
    }

    /// <summary>Gives an input. The tensor must stay undisposed until the last run that reads it has returned.</summary>
    /// <exception cref="ArgumentException">The graph has no such input, or it is of another type or shape.</exception>
    public void Input(string name, OnnxTensor value)
    {
        _session.CheckInput(name, value);
        OrtApi api = OrtApi.Instance;
        api.Check(api.BindInput(_binding.Pointer, _session.NameOf(name), value.Value));
        _inputs[name] = value;
    }

    /// <summary>Asks for an output. Those that are not asked for are not given.</summary>
    /// <exception cref="ArgumentException">The graph has no such output, or it was asked for before.</exception>
    public void Output(string name, OnnxPlace place = OnnxPlace.Cpu)
    {
        _session.CheckOutput(name);
        if (_outputs.Any(output => output.Name == name))
            throw new ArgumentException($"the output {name} is bound already");
        bool card = place == OnnxPlace.Session && _session.Options.Provider == OnnxProvider.Cuda;
        _outputs.Add((name, card ? Card() : OrtApi.Instance.Environment.Cpu));
    }

    /// <summary>Runs the graph.</summary>
    /// <returns>The outputs that were asked for.</returns>
    /// <exception cref="ArgumentException">An input was never given.</exception>
    /// <exception cref="OnnxException">A node failed; the message names it.</exception>
    public OnnxValues Run()
    {
        _session.CheckComplete(_inputs.Keys);
        OrtApi api = OrtApi.Instance;
        // A binding keeps what the last run gave and would write into it again, whatever the sizes are now.
        api.ClearBoundOutputs(_binding.Pointer);
        foreach ((string name, nint memory) in _outputs)
            api.Check(api.BindOutputToDevice(_binding.Pointer, _session.NameOf(name), memory));
        nint status = api.RunWithBinding(_session.Session, 0, _binding.Pointer);
        api.Check(status);
        OnnxTensor[] given = Given(api);
        api.ClearBoundOutputs(_binding.Pointer);
        GC.KeepAlive(this);
        return new OnnxValues(_outputs.Select(output => output.Name).Zip(given));
    }

    /// <summary>Lets go of inputs and outputs.</summary>
    public void Dispose()
    {
        _binding.Dispose();
        _card?.Dispose();
        _inputs.Clear();
    }

    private OnnxTensor[] Given(OrtApi api)
    {
        nint* values = null;
        nuint count = 0;
        nint allocator = api.Environment.Allocator;
        api.Check(api.GetBoundOutputValues(_binding.Pointer, allocator, &values, &count));
        var given = new OnnxTensor[count];
        for (int i = 0; i < given.Length; i++)
            given[i] = OnnxTensor.Own(values[i]);
        if (values is not null)
            api.Check(api.AllocatorFree(allocator, values));
        return given;
    }

    private nint Card()
    {
        OrtApi api = OrtApi.Instance;
        _card ??= new OrtHandle(
            OrtEnvironment.Memory(api, "Cuda", _session.Options.Device), api.ReleaseMemoryInfo);
        return _card.Pointer;
    }
}

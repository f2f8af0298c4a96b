using Microsoft.ML.OnnxRuntime;

namespace Vlm.Onnx.Runtime;

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
internal sealed class OnnxBinding(
    OnnxSession session, OrtIoBinding binding, Func<OrtIoBinding, IReadOnlyCollection<OrtValue>> run) : IDisposable
{
    private readonly List<string> _names = [];
    private readonly List<OrtMemoryInfo> _places = [];
    private readonly Lazy<OrtMemoryInfo> _own = new(session.Options.Memory);

    /// <summary>Gives an input. The tensor must stay undisposed until the last run that reads it has returned.</summary>
    /// <exception cref="UsageException">The graph has no such input.</exception>
    public void Input(string name, OrtValue value) => session.Told(() =>
    {
        binding.BindInput(name, value);
        return value;
    });

    /// <summary>Asks for an output. Those that are not asked for are not given.</summary>
    /// <param name="name">Of the graph.</param>
    /// <param name="stays">Leaves it where the session computes, on a card perhaps: it can be an input there again.</param>
    public void Output(string name, bool stays = false)
    {
        _names.Add(name);
        _places.Add(stays ? _own.Value : OrtMemoryInfo.DefaultInstance);
    }

    /// <summary>Runs the graph.</summary>
    /// <returns>The outputs that were asked for.</returns>
    /// <exception cref="UsageException">An input was never given or does not fit, or a node failed; the message names it.</exception>
    public OnnxValues Run() => session.Told(() =>
    {
        // Anew each time: a binding keeps what the last run gave and would write into it again, whatever the sizes are now.
        foreach ((string name, OrtMemoryInfo place) in _names.Zip(_places))
            binding.BindOutputToDevice(name, place);
        return new OnnxValues(_names, run(binding));
    });

    /// <summary>Lets go of inputs and outputs.</summary>
    public void Dispose() => binding.Dispose();
}

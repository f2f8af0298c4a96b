using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>
/// The keys and values that a decoder has read. What one run gives is handed to the next as it lies; only where rows are
/// repeated or dropped is it copied.
/// </summary>
internal sealed class OnnxKvCache : IDisposable
{
    private const string Past = "past_key_values.", Present = "present.";

    private readonly OnnxSession _decoder;
    private readonly OnnxBinding _binding;
    private readonly Dictionary<string, OrtValue> _held = [];

    /// <param name="decoder">The graph.</param>
    /// <param name="rows">Rows to begin with.</param>
    /// <param name="stays">Leaves caches on a card: they cannot be repeated or dropped there.</param>
    public OnnxKvCache(OnnxSession decoder, long rows, bool stays)
    {
        (_decoder, _binding) = (decoder, decoder.Bind());
        foreach (OnnxValueInfo cache in decoder.Inputs.Where(IsCache))
            Hold(cache.Name, OnnxTensors.Empty(cache.Element, rows, cache.Shape[1].Size!.Value, 0, cache.Shape[3].Size!.Value));
        foreach (OnnxValueInfo output in decoder.Outputs)
            _binding.Output(output.Name, stays && output.Name.StartsWith(Present, StringComparison.Ordinal));
    }

    /// <summary>Whether an input is a cache.</summary>
    public static bool IsCache(OnnxValueInfo input) => input.Name.StartsWith(Past, StringComparison.Ordinal);

    /// <summary>Reads tokens after what was read before.</summary>
    /// <param name="embedded">[N, T, D]</param>
    /// <param name="mask">[N, tokens before + T] 1 where a token is real.</param>
    /// <param name="positions">[N, T], or [3, N, T] where the graph takes three axes.</param>
    /// <param name="choice">How codes are chosen; once an input of those was given, it must be every time.</param>
    /// <param name="places">Of how many last tokens logits are wanted.</param>
    public OnnxOutput Read(
        Tensor embedded, Tensor mask, Tensor positions, IReadOnlyDictionary<string, Tensor> choice, int places = 1)
    {
        using OrtValue vectors = OnnxTensors.From(embedded), real = OnnxTensors.From(mask), at = OnnxTensors.From(positions),
            last = OrtValue.CreateTensorValueFromMemory(new long[] { places }, []);
        _binding.Input("inputs_embeds", vectors);
        _binding.Input("attention_mask", real);
        _binding.Input("position_ids", at);
        bool some = _decoder.Inputs.Any(input => input.Name == "num_logits_to_keep");
        if (some)
            _binding.Input("num_logits_to_keep", last);
        OrtValue[] chosen = [.. choice.Select(item => Choose(item.Key, some ? item.Value : Padded(item.Value)))];
        using OnnxValues given = _binding.Run();
        foreach (OrtValue value in chosen)
            value.Dispose();
        foreach (string name in _held.Keys.ToArray())
            Hold(name, given.Take(Present + name[Past.Length..]));
        return new OnnxOutput(Last("logits")!.to(ScalarType.Float32), Last(OnnxCodeTensors.Logits), Last(OnnxCodeTensors.Codes));

        Tensor? Last(string name)
        {
            if (!given.Names.Contains(name))
                return null;
            Tensor all = given[name].ToTorch();
            return all.narrow(1, all.shape[1] - places, places);
        }

        // Logits of all tokens have a choice each; those before the last ones are left to the graph.
        Tensor Padded(Tensor value) => value.dim() < 2 ? value : cat(
            [full([value.shape[0], embedded.shape[1] - value.shape[1]], -1, value.dtype), value], 1);
    }

    private OrtValue Choose(string name, Tensor value)
    {
        OrtValue given = OnnxTensors.From(value);
        _binding.Input(name, given);
        return given;
    }

    /// <summary>Keeps only some rows, in this order; a row may be named several times.</summary>
    /// <param name="rows">[N']</param>
    public void Keep(Tensor rows)
    {
        foreach ((string name, OrtValue cache) in _held.ToArray())
        {
            using Tensor all = cache.ToTorch();
            using Tensor kept = all.index_select(0, rows);
            Hold(name, OnnxTensors.From(kept));
        }
    }

    public void Dispose()
    {
        _binding.Dispose();
        foreach (OrtValue cache in _held.Values)
            cache.Dispose();
    }

    private void Hold(string name, OrtValue cache)
    {
        _binding.Input(name, cache);
        if (_held.TryGetValue(name, out OrtValue? before))
            before.Dispose();
        _held[name] = cache;
    }
}

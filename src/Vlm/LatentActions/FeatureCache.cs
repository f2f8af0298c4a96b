using System.Security.Cryptography;
using System.Text;
using Vlm.Checkpoints;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What the frozen base sees in one sequence, computed once.</summary>
/// <param name="Tokens">[L] ids of prompt and answer.</param>
/// <param name="Paired">[L, H] states with the images, or null for text alone.</param>
/// <param name="Text">[L, H] states of the tokens alone: the images' placeholders keep their own embeddings.</param>
/// <param name="PairedRope">The rotation of <paramref name="Paired"/>'s pass, [1, L, 1, d] each; null for text alone.</param>
/// <param name="TextRope">The rotation of <paramref name="Text"/>'s pass.</param>
public sealed record CachedStates(Tensor Tokens, Tensor? Paired, Tensor Text, Rope? PairedRope, Rope TextRope);

/// <summary>States of the frozen base for a list of sequences, in one safetensors file that names its model and its data.</summary>
/// <remarks>The first four stages of latent actions never move the base, so its passes are made once and read from disk.</remarks>
public sealed class FeatureCache : IDisposable
{
    private const string KeyName = "key", CountName = "count";
    private readonly SafetensorsFile _file;

    private FeatureCache(SafetensorsFile file) => _file = file;

    /// <summary>How many sequences there are.</summary>
    public int Count => int.Parse(_file.Metadata[CountName], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Names what was cached: the base's weights, and which data in which order.</summary>
    /// <param name="model">The base.</param>
    /// <param name="data">Generator, seed and count, or file and its date: whatever tells these sequences from others.</param>
    public static string Key(IVisionLanguageModel model, string data) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"1 {WeightChecksum.Of(model.Weights())} {data}")));

    /// <summary>Opens a cache.</summary>
    /// <exception cref="UsageException">The file is broken, or was made by another model or from other data.</exception>
    public static FeatureCache Open(string path, string key)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(KeyName) == key && file.Metadata.ContainsKey(CountName))
            return new FeatureCache(file);

        file.Dispose();
        throw new UsageException("the cached states are of another model or of other data", path,
            $"rm {path}, and they are computed again");
    }

    /// <summary>Computes the states of sequences and writes them, complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">See <see cref="Key"/>.</param>
    /// <param name="model">The base.</param>
    /// <param name="sequences">Prompt and answer as one: the tokens of both, the prompt's pixels. At least one.</param>
    public static void Write(string path, string key, IVisionLanguageModel model, IReadOnlyList<Prompt> sequences)
    {
        using var passes = new Passes(model, sequences);
        SafetensorsWriter.Write(path, sequences.Index().SelectMany(item => passes.Of(item.Index, item.Item)),
            new Dictionary<string, string>
            {
                [KeyName] = key,
                [CountName] = sequences.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
            });
    }

    /// <summary>One sequence's states, read from the file.</summary>
    /// <param name="index">From 0.</param>
    public CachedStates this[int index]
    {
        get
        {
            bool paired = _file.Entries.ContainsKey($"{index}.paired");
            return new CachedStates(Load("tokens"), paired ? Load("paired") : null, Load("text"),
                paired ? RopeOf("paired") : null, RopeOf("text"));

            Tensor Load(string name) => _file.Load($"{index}.{name}");
            Rope RopeOf(string name) => new(Load($"{name}_cos"), Load($"{name}_sin"));
        }
    }

    /// <summary>The base's states of one sequence.</summary>
    public static CachedStates States(IVisionLanguageModel model, Prompt sequence)
    {
        using var off = no_grad();
        (Tensor text, Rope textRope) = Read(model, sequence, blind: true);
        (Tensor, Rope)? paired = sequence.Pixels is null ? null : Read(model, sequence, blind: false);
        return new CachedStates(tensor(sequence.Tokens.Select(id => (long)id).ToArray()),
            paired?.Item1, text, paired?.Item2, textRope);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static (Tensor, Rope) Read(IVisionLanguageModel model, Prompt sequence, bool blind)
    {
        using var scope = NewDisposeScope();
        Prefilled read = model.Prefill([sequence], new KvCache(model.Layers), blind: blind);
        return (read.Hidden.squeeze(0).MoveToOuterDisposeScope(),
            new Rope(read.Rope.Cos.MoveToOuterDisposeScope(), read.Rope.Sin.MoveToOuterDisposeScope()));
    }

    /// <summary>
    /// The tensors of each sequence, computed when the writer comes to them and kept until it comes to the next pass: it
    /// writes by name, so those of one pass follow each other, and no more than one is ever in memory.
    /// </summary>
    private sealed class Passes(IVisionLanguageModel model, IReadOnlyList<Prompt> sequences) : IDisposable
    {
        private readonly ScalarType _type = TypeOf(model, sequences[0]);
        private (int Index, bool Blind)? _at;
        private Tensor? _hidden;
        private Rope? _rope;

        internal IEnumerable<SavedTensor> Of(int index, Prompt sequence)
        {
            (long L, long H, long d) = (sequence.Tokens.Length, model.Sizes.Attention.Width, model.Sizes.Attention.HeadWidth);
            yield return new SavedTensor($"{index}.tokens", ScalarType.Int64, [L],
                () => tensor(sequence.Tokens.Select(id => (long)id).ToArray()));
            foreach ((string name, bool blind) in sequence.Pixels is null
                ? [("text", true)] : ((string, bool)[])[("text", true), ("paired", false)])
            {
                yield return new SavedTensor($"{index}.{name}", _type, [L, H], () => Pass(index, blind).Hidden);
                yield return new SavedTensor($"{index}.{name}_cos", ScalarType.Float32, [1, L, 1, d],
                    () => Pass(index, blind).Rope.Cos);
                yield return new SavedTensor($"{index}.{name}_sin", ScalarType.Float32, [1, L, 1, d],
                    () => Pass(index, blind).Rope.Sin);
            }
        }

        public void Dispose()
        {
            _hidden?.Dispose();
            _rope?.Cos.Dispose();
            _rope?.Sin.Dispose();
        }

        private (Tensor Hidden, Rope Rope) Pass(int index, bool blind)
        {
            if (_at == (index, blind))
                return (_hidden!, _rope!);

            Dispose();
            (_hidden, _rope) = Read(model, sequences[index], blind);
            foreach (Tensor kept in (Tensor[])[_hidden, _rope.Cos, _rope.Sin])
                kept.DetachFromDisposeScope();
            _at = (index, blind);
            return (_hidden, _rope);
        }

        private static ScalarType TypeOf(IVisionLanguageModel model, Prompt sequence)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            return Read(model, sequence, blind: true).Item1.dtype;
        }
    }
}

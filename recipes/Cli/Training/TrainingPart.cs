using System.Security.Cryptography;
using System.Text;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>One of the data sets that a run trains on.</summary>
/// <param name="Name">Its file's name without its end, or that of the generated data.</param>
/// <param name="Weight">How often it is taken, among the others.</param>
/// <param name="Stream">Its examples in the order of training.</param>
/// <param name="Kinds">The same, each kind of question by itself.</param>
/// <param name="Identity">What tells its examples from others.</param>
internal sealed record TrainingPart(
    string Name, double Weight, ExampleStream Stream, IReadOnlyList<(string Kind, ExampleStream Stream)> Kinds, string Identity)
{
    // Streams of kinds draw other orders than those of whole parts.
    private const int KindsOf = 1000;

    /// <summary>Examples of a file.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="number">Which part of the data it is, from 0.</param>
    public static TrainingPart Of(DataName name, IReadOnlyList<Example> examples, long seed, int number) => new(
        Path.GetFileNameWithoutExtension(name.Path.TrimEnd('/')), name.Weight, ExampleStream.Shuffled(examples, seed, number),
        [.. examples.GroupBy(example => example.Kind).Select((kind, k) =>
            (kind.Key, ExampleStream.Shuffled([.. kind], seed, (KindsOf * (number + 1)) + k)))],
        Hash(examples.Select(example => example.Id)));

    /// <summary>Generated examples.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="generated">The data set.</param>
    /// <param name="stream">Its examples, kinds in turn.</param>
    /// <param name="kinds">The kinds that are asked for; empty for all.</param>
    /// <param name="seed">The run's.</param>
    public static TrainingPart Of(DataName name, GeneratedData generated, ExampleStream stream, IReadOnlyList<string> kinds, long seed)
    {
        string[] turns = [.. kinds.Count > 0 ? kinds : generated.Kinds];
        return new(generated.Name, name.Weight, stream,
            [.. turns.Index().GroupBy(turn => turn.Item, turn => turn.Index)
                .Select(kind => (kind.Key, stream.Turns([.. kind], turns.Length)))],
            FormattableString.Invariant($"{generated.Name} {string.Join(' ', turns)} {seed}"));
    }

    /// <summary>What a curriculum chooses from: the part, or each kind of its questions.</summary>
    public IEnumerable<(QuestionSource Source, ExampleStream Stream)> Sources(bool byKind) => byKind
        ? Kinds.Select(kind => (Source($"{Name}_{kind.Kind}", kind.Stream, $"{Identity} {kind.Kind}"), kind.Stream))
        : [(Source(Name, Stream, Identity), Stream)];

    private QuestionSource Source(string name, ExampleStream stream, string identity) =>
        new(name, Weight, stream.Epoch, stream.Row, identity);

    private static string Hash(IEnumerable<string> ids) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', ids))))[..16];
}

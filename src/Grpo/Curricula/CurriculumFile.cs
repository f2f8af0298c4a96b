using System.Security.Cryptography;
using System.Text;

namespace Vlm.Grpo;

/// <summary><c>curriculum.json</c> of a checkpoint: where the curriculum stood, and of which data that is.</summary>
internal static class CurriculumFile
{
    private const string Name = "curriculum.json";

    // The sources as they lie in the file: a default array would be no list at all.
    private sealed record Saved(string Curriculum, string Data, SourceState[] Sources);

    public static void Write(string folder, string method, IReadOnlyList<QuestionSource> sources, CurriculumState state) =>
        StateFile.Write(Path.Combine(folder, Name), new Saved(method, DataOf(sources), [.. state.Sources]));

    public static CurriculumState Read(string folder, string method, IReadOnlyList<QuestionSource> sources)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
            throw new UsageException($"the checkpoint has no state of --curriculum {method}: its run had none", path,
                $"--curriculum {CurriculumMethod.Shuffled}, or a new run");
        Saved saved = StateFile.Read<Saved>(path, "the curriculum's state", "resume from an earlier checkpoint of the run");
        if (saved.Curriculum != method)
            throw new UsageException($"the checkpoint holds the state of --curriculum {saved.Curriculum}", path,
                $"--curriculum {saved.Curriculum}, or a new run");
        return saved.Data == DataOf(sources) && saved.Sources.Length == sources.Count ? new([.. saved.Sources])
            : throw new UsageException("the curriculum's state is of other data: its questions are not those of this run", path,
                "resume with the --data and --kinds that the run began with, or begin a new run");
    }

    // Names and weights may change: a file may move, and a mixture may be weighed anew.
    private static string DataOf(IReadOnlyList<QuestionSource> sources) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', sources.Select(source => $"{source.Count} {source.Identity}")))))[..16];
}

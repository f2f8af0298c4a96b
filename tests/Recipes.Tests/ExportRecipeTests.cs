using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Vlm.Tables;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>./vlm export as people type it: what it leaves, what it refuses, and that its folder scores as the model does.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class ExportRecipeTests(RecipeRuns runs)
{
    [Theory]
    [InlineData("qwen2_vl")]
    [InlineData("qwen3_vl")]
    public void The_folder_is_proven_and_the_proof_is_kept(string family)
    {
        string folder = $"exported-{family}";
        Outcome export = runs.Run("export", "--model", Fixture($"tiny_{family}"), "--out", folder);

        Assert.True(export.ExitCode == 0, export.Errors);
        Assert.Equal(4, export.Output.Split('\n').Count(line => line.Contains("of logits", StringComparison.Ordinal)));
        Assert.Contains("left-padded batch  largest difference of logits ", export.Output, StringComparison.Ordinal);
        Assert.Contains("24 of 24 tokens the same", export.Output, StringComparison.Ordinal);
        Assert.Contains("filled from the family's defaults in preprocessor_config.json: ", export.Errors, StringComparison.Ordinal);
        JsonNode kept = JsonNode.Parse(File.ReadAllText(runs.PathOf(folder, "export.json")))!;
        Assert.Equal((family, "fp32", 17),
            (kept["model_type"]!.GetValue<string>(), kept["dtype"]!.GetValue<string>(), kept["operator_set"]!.GetValue<int>()));
        Assert.True(kept["check"]!["passes"]!.GetValue<bool>());
        Assert.All(kept["check"]!["cases"]!.AsArray(),
            item => Assert.Equal(item!["tokens"]!.GetValue<int>(), item["same_tokens"]!.GetValue<int>()));
        Assert.Equal(3, kept["files"]!.AsObject().Count);
        Assert.All(kept["files"]!.AsObject(), file => Assert.Equal(
            new FileInfo(runs.PathOf(folder, file.Key)).Length, file.Value!.GetValue<long>()));
    }

    // The model that recipes start from says many things, so equal answers are no accident.
    [Fact]
    public void The_folder_answers_and_scores_as_the_checkpoint_example_by_example()
    {
        string model = Repository.PathOf("recipes", "warm-start");
        Assert.Equal(0, runs.Run("export", "--model", model, "--skip-check", "--out", "exported-warm").ExitCode);
        Outcome engine = Score(model, "score-engine"), graphs = Score("exported-warm", "score-graphs");

        Assert.True(engine.ExitCode == 0 && graphs.ExitCode == 0, engine.Errors + graphs.Errors);
        (string Id, string Answer)[] expected = Answers("score-engine"), given = Answers("score-graphs");
        Assert.Equal(40, expected.Length);
        Assert.InRange(expected.Select(item => item.Answer).Distinct().Count(), 10, 40);
        Assert.Equal(expected, given);
        Assert.DoesNotContain("onnxruntime", graphs.Errors, StringComparison.OrdinalIgnoreCase);      // its warnings
        Assert.Equal(engine.Output.Split('\n')[1..], graphs.Output.Split('\n')[1..]);      // the first line names the folder
        Assert.Null(JsonNode.Parse(File.ReadAllText(runs.PathOf("exported-warm", "export.json")))!["check"]);
    }

    // Codes that stand for "yes", "no" and their end, chosen by a policy that never learned.
    [Fact]
    public void A_folder_with_codes_answers_through_them_example_by_example()
    {
        Outcome export = runs.Run("export", "--model", runs.Codes, "--out", "exported-codes");
        Assert.True(export.ExitCode == 0, export.Errors);
        Assert.Equal(4, export.Output.Split('\n').Count(line => line.Contains("largest difference of logits of codes", StringComparison.Ordinal)));

        foreach (string temperature in (string[])["0", "1"])
        {
            Outcome engine = Score(runs.Codes, "codes-engine", "--temperature", temperature);
            Outcome graphs = Score("exported-codes", "codes-graphs", "--temperature", temperature);
            Assert.True(engine.ExitCode == 0 && graphs.ExitCode == 0, engine.Errors + graphs.Errors);
            (string Id, string Answer)[] expected = Answers("codes-engine");
            Assert.Equal(40, expected.Length);
            Assert.Equal(expected, Answers("codes-graphs"));
            Assert.True(temperature == "0" || expected.Select(item => item.Answer).Distinct().Count() > 4);
            Assert.Matches("answers through [0-9]+ codes\n", graphs.Errors);
        }

        Outcome tokens = Score("exported-codes", "codes-tokens", "--tokens");
        Assert.Equal(2, tokens.ExitCode);
        Assert.Contains("error: --tokens must be false with graphs that act through codes alone, got true\n   at: --tokens\n", tokens.Errors, StringComparison.Ordinal);
        Outcome byToken = Score("exported-codes", "codes-by-token", "--greedy", "most-probable-token");
        Assert.Equal(2, byToken.ExitCode);
        Assert.Contains("\n   at: --greedy most-probable-token\n", byToken.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_that_do_not_act_yet_and_an_adapter_beside_codes_are_refused()
    {
        string untrained = LatentFolders.Copy(runs.PathOf(runs.Codes), runs.PathOf("codes-untrained"));
        LatentFolders.Stage(untrained, "inverse cycle joint");

        Outcome early = runs.Run("export", "--model", "codes-untrained", "--out", "exported-early");
        Outcome adapted = runs.Run("export", "--model", runs.Codes, "--adapter", "some", "--out", "exported-early");

        Assert.Equal((2, 2), (early.ExitCode, adapted.ExitCode));
        Assert.Contains("a policy over codes needs stage cloning", early.Errors, StringComparison.Ordinal);
        Assert.Contains("--adapter must not be set with latent actions: it changes the base", adapted.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.PathOf("exported-early")));
    }

    [Fact]
    public void Bytes_are_scored_before_and_after()
    {
        Outcome export = runs.Run("export", "--model", runs.Model, "--quantize", "int8", "--score", "8", "--out", "exported-int8");

        Assert.True(export.ExitCode == 0, export.Errors);
        string[] lines = export.Output.TrimEnd('\n').Split('\n');
        Assert.Matches("^score before: engine, float32: .+ over 8 questions$", lines[^2]);
        Assert.Matches("^score after:  graphs, int8: .+ over 8 questions$", lines[^1]);
    }

    [Fact]
    public void A_family_that_the_client_has_no_model_of_is_refused()
    {
        Outcome refused = runs.Run("export", "--model", Fixture("tiny_smolvlm"), "--for", "onnxruntime-genai", "--out", "exported-genai");

        Assert.Equal(2, refused.ExitCode);
        Assert.Equal("error: onnxruntime-genai knows no model of this family\n   at: For OnnxruntimeGenai\n"
            + "  try: For TransformersJs, or a checkpoint of Qwen2-VL, Qwen2.5-VL or Qwen3-VL\n", refused.Errors);
        Assert.False(Directory.Exists(runs.PathOf("exported-genai")));
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_refused_unless_forced()
    {
        Directory.CreateDirectory(runs.PathOf("occupied"));
        File.WriteAllText(runs.PathOf("occupied", "notes.txt"), "mine");
        string[] typed = ["--model", Fixture("tiny_smolvlm"), "--skip-check", "--out", "occupied"];

        Outcome refused = runs.Run("export", typed), forced = runs.Run("export", [.. typed, "--force"]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Equal("error: there is something at \"occupied\" already\n   at: occupied\n"
            + "  try: occupied-2, or Force to write into it\n", refused.Errors);
        Assert.True(forced.ExitCode == 0, forced.Errors);
        Assert.Equal("mine", File.ReadAllText(runs.PathOf("occupied", "notes.txt")));
        Assert.True(File.Exists(runs.PathOf("occupied", "onnx", "decoder_model_merged.onnx")));
    }

    [Fact]
    public void A_graph_that_ONNX_Runtime_refuses_is_told_in_three_lines_by_who_would_answer_with_it()
    {
        Assert.Equal(0, runs.Run("export", "--model", Fixture("tiny_smolvlm"), "--skip-check", "--out", "exported-spoilt").ExitCode);
        string graph = Path.Combine("exported-spoilt", "onnx", "decoder_model_merged.onnx");
        File.WriteAllText(runs.PathOf(graph), "not a graph");

        Outcome score = Score("exported-spoilt", "score-spoilt"), chat = runs.Run("chat", "--model", "exported-spoilt", "Hello?");

        foreach (Outcome refused in (Outcome[])[score, chat])
        {
            Assert.Equal(2, refused.ExitCode);
            Assert.EndsWith($"error: ONNX Runtime refuses the graph: Protobuf parsing failed.\n   at: {graph}\n"
                + "  try: write the file again, or give one that other programs load\n", refused.Errors, StringComparison.Ordinal);
        }
    }

    // The program is told nowhere where the package's natives are; whatever it would have written is not there.
    [Fact]
    public void A_native_library_that_is_nowhere_is_told_in_three_lines_and_leaves_nothing()
    {
        Assert.Equal(0, runs.Run("export", "--help").ExitCode);
        string program = Directory.CreateDirectory(runs.PathOf("no-natives")).FullName;
        foreach (string file in Directory.GetFiles(Repository.PathOf("artifacts", "recipes", "export", "bin", "release")))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        string list = Path.Combine(program, "export.deps.json");
        JsonNode read = JsonNode.Parse(File.ReadAllText(list))!;
        JsonObject packages = Assert.Single(read["targets"]!.AsObject()).Value!.AsObject();
        Assert.True(Assert.Single(packages, item => item.Key.StartsWith("Microsoft.ML.OnnxRuntime/", StringComparison.Ordinal))
            .Value!.AsObject().Remove("runtimeTargets"));
        File.WriteAllText(list, read.ToJsonString());

        Outcome lone = RecipeProcess.RunProgram(runs.Folder, Path.Combine(program, "export.dll"),
            "--model", Fixture("tiny_smolvlm"), "--out", "exported-lone");

        Assert.Equal(2, lone.ExitCode);
        Assert.EndsWith("error: the native library of ONNX Runtime cannot be loaded: "
            + "Unable to load shared library 'onnxruntime' or one of its dependencies\n   at: package Microsoft.ML.OnnxRuntime\n"
            + "  try: delete the package's folder and restore it (dotnet restore)\n", lone.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.PathOf("exported-lone")));
    }

    // A disk of 600 KB, in a mount namespace of the process's own; the fixture's decoder alone is larger than what is left
    // of it beside the tokenizer.
    [FullDiskFact]
    public void A_full_disk_ends_in_three_lines_and_leaves_nothing_on_it()
    {
        Assert.Equal(0, runs.Run("export", "--help").ExitCode);
        string program = Repository.PathOf("artifacts", "recipes", "export", "bin", "release", "export.dll");
        string disk = Directory.CreateDirectory(runs.PathOf("disk")).FullName;

        Outcome full = FullDiskFactAttribute.OnDisk(disk, "600k",
            $"dotnet '{program}' --model '{Fixture("tiny_smolvlm")}' --out '{disk}/model'; code=$?; ls -A '{disk}'; exit $code");

        Assert.Equal(2, full.ExitCode);
        Assert.Matches(@"(?m)^error: the disk is full; .+ is not complete\n   at: .+\n  try: .+\n\z", full.Errors);
        Assert.Equal("", full.Output);
    }

    private Outcome Score(string model, string to, params string[] more) =>
        runs.Run("score", ["--model", model, "--limit", "40", "--out", to, .. more]);

    private (string, string)[] Answers(string run) =>
    [
        .. ParquetFile.Read(runs.PathOf(run, "answers.parquet"))
            .Select(row => ((string)row["id"]!, (string)row["answer"]!)),
    ];

    private static string Fixture(string folder) => Fixtures.PathOf(folder);
}

/// <summary>A fact that needs a small disk of its own, which some systems refuse to unprivileged users.</summary>
internal sealed class FullDiskFactAttribute : FactAttribute
{
    public FullDiskFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip =
        !OperatingSystem.IsLinux() || OnDisk(Path.GetTempPath(), "64k", "true").ExitCode != 0
            ? "skipped: this user may mount no disk of its own (unshare -rm)" : null;

    /// <summary>Runs a line of sh that alone sees an empty disk at a folder.</summary>
    public static Outcome OnDisk(string folder, string size, string line)
    {
        var start = new ProcessStartInfo("unshare", ["-rm", "sh", "-c", $"mount -t tmpfs -o size={size} none '{folder}' && {{ {line}; }}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Outcome.Of(process.ExitCode, output, errors.Result);
    }
}

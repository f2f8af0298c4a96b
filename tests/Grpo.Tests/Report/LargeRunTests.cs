using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Report;

/// <summary>A run of 100,000 rollouts, and of a thousand held-out photographs.</summary>
public sealed class LargeRunTests : IDisposable
{
    private const int Steps = 400, Prompts = 32, Group = 8, HeldOut = 1000;
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-large-");

    // Kept where VLM_LARGE_RUN names a folder, to time ./vlm report with.
    private string Folder => Environment.GetEnvironmentVariable("VLM_LARGE_RUN") is { Length: > 0 } kept ? kept : Path.Combine(_files.FullName, "large");

    public void Dispose() => _files.Delete(recursive: true);

    // How long it takes is not measured here, where other tests run beside it: docs/report.md says how.
    [Fact]
    public void Its_page_stays_small()
    {
        Write();

        string page = RunReport.Html([Folder]);
        Assert.InRange(page.Length, 5_000_000, 20_000_000);
        Assert.Contains("102,400", page, StringComparison.Ordinal);
        Assert.Contains("320 of 1000 questions are in this page", page, StringComparison.Ordinal);
        Assert.Contains("picture left out: this page would be too large", page, StringComparison.Ordinal);
    }

    private void Write()
    {
        Example[] photographs = [.. Enumerable.Range(0, 32).Select(i => DrawnRun.Box($"p-{i}", 0) with { Images = [Noise(i)] })];
        using Run<GrpoOptions> run = Run.Open(new RunSetup(Folder), new GrpoOptions { Steps = Steps });
        Answers("before");
        for (long step = 1; step <= Steps; step++)
        {
            run.Rollouts(step, new Batch(Enumerable.Range(0, Prompts).SelectMany(i => Sampled(photographs[(step + i) % 32], step))));
            run.Log(step, (Metric.Reward, Math.Sin(step)), (Metric.Entropy, 1.0 / step));
        }

        Answers("after");
        run.Finish(new { });

        void Answers(string moment) => run.Answers(run.StepsDone, moment, [.. Enumerable.Range(0, HeldOut).Select(i => photographs[i % 32] with
        {
            Id = $"{moment}-{i}",
            Images = [Noise(i)],
        }).Select(example => (example with { Id = example.Id.Split('-')[1] }, ScoredAnswer.Of(example, "[100, 200, 500, 800]", StopReason.EndOfSequence)))]);
    }

    private static IEnumerable<Sample> Sampled(Example example, long step)
    {
        var prompt = new Prompt(example, "where", [1, 2], null, []);
        for (int member = 0; member < Group; member++)
            yield return new(new(prompt, member, [5, 2], [5, 2], [-0.25f, -0.5f], $"[{member}, 2, 3, {step}]", StopReason.EndOfSequence),
                TotalScore.Of(new ScorePart("iou", 1, new(0.5, $"reason {(step + member) % 12}"))));
    }

    // As large as a kept photograph may be: 140 x 140 pixels of noise are 59 KB.
    private static RgbImage Noise(int seed)
    {
        var pixels = new byte[140 * 140 * 3];
        var random = new RandomStream(seed, "noise");
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.Next(256);
        return new(140, 140, pixels);
    }
}

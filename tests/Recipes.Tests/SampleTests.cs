using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Vlm;
using Vlm.Checkpoints;

namespace Recipes.Tests;

/// <summary>The programs in samples/, run as people run them.</summary>
public sealed partial class SampleTests : IDisposable
{
    private const string Question = "What color is the circle?";

    private static readonly string s_model = Repository.PathOf("recipes", "warm-start");
    private static readonly string s_image = Repository.PathOf("datasets", "samples", "images", "shapes-0.png");

    private readonly string _work = Directory.CreateTempSubdirectory("vlm-sample-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void Every_sample_is_short_and_is_run_here()
    {
        Assert.Equal(["Ask", "AspNet", "Train"],
            Directory.GetDirectories(Repository.PathOf("samples")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.InRange(Repository.Read("samples/Ask/Program.cs").Split('\n').Length, 1, 12);
        Assert.InRange(Repository.Read("samples/Train/Program.cs").Split('\n').Length, 1, 27);
    }

    [Fact]
    public void Ask_prints_the_models_answer()
    {
        Outcome asked = RecipeProcess.RunProgram(_work, Program("Ask"), s_model, s_image, Question);

        Assert.Equal((0, Answer() + Environment.NewLine, ""), (asked.ExitCode, asked.Output, asked.Errors));
    }

    [Fact]
    public void Train_moves_the_weights_by_its_own_reward_and_saves_them()
    {
        Outcome trained = RecipeProcess.RunProgram(
            _work, Program("Train"), s_model, Repository.PathOf("datasets", "samples", "shapes-train.parquet"), "better");

        Assert.True(trained.ExitCode == 0, trained.Errors);
        Assert.Matches(@"\A(step [123]: reward 0\.\d{3}, loss -?\d\.\d{4}\r?\n){3}\z", trained.Output);
        Assert.NotEqual(Weights(s_model), Weights(Path.Combine(_work, "better")));
    }

    [Fact]
    public async Task AspNet_answers_a_request_and_names_what_is_no_image()
    {
        using Process server = Process.Start(new ProcessStartInfo("dotnet",
            [Program("AspNet"), "--model", s_model, "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = _work,
            RedirectStandardOutput = true,
        })!;
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            using var http = new HttpClient { BaseAddress = await Address(server, soon.Token) };
            Task<string> rest = server.StandardOutput.ReadToEndAsync(soon.Token);

            Assert.Equal((200, Answer()), await Post(http, await File.ReadAllBytesAsync(s_image, soon.Token), soon.Token));
            (int status, string problem) = await Post(http, [1, 2, 3], soon.Token);
            Assert.Equal(400, status);
            Assert.StartsWith("the image is no JPEG, PNG,", problem, StringComparison.Ordinal);

            using (var stop = Process.Start("kill", ["-TERM", $"{server.Id}"]))
                await stop.WaitForExitAsync(soon.Token);
            await server.WaitForExitAsync(soon.Token);
            Assert.DoesNotContain("fail:", await rest, StringComparison.Ordinal);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }

    private static string Program(string sample) => Repository.PathOf("artifacts", "bin", sample, "release", sample + ".dll");

    private static string Answer()
    {
        using var model = VisionLanguageModel.Load(s_model, new() { Device = "cpu" });
        return model.Ask(Question, s_image);
    }

    private static string Weights(string folder)
    {
        using var model = VisionLanguageModel.Load(folder, new() { Device = "cpu" });
        return WeightChecksum.Of(model.Checkpoint!.Model.Parameters);
    }

    private static async Task<Uri> Address(Process server, CancellationToken cancel)
    {
        while (await server.StandardOutput.ReadLineAsync(cancel) is { } line)
            if (Listening().Match(line) is { Success: true } match)
                return new Uri(match.Groups[1].Value);
        throw new InvalidOperationException("the server ended before it listened");
    }

    private static async Task<(int Status, string Text)> Post(HttpClient http, byte[] image, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(image);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using HttpResponseMessage response = await http.PostAsync($"ask?question={Uri.EscapeDataString(Question)}", content, cancel);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancel));
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}

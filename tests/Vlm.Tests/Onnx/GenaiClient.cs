using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Vlm.Tests.Onnx;

/// <summary>onnxruntime-genai, the published package, in a process of its own (tests/Genai.Client).</summary>
internal static class GenaiClient
{
    /// <summary>What a question became, and what the client answered.</summary>
    internal sealed record Answer(int[] Prompt, int[] Tokens);

    /// <summary>Asks an exported folder, greedily.</summary>
    /// <param name="folder">With genai_config.json.</param>
    /// <param name="count">Most new tokens of an answer.</param>
    /// <param name="questions">Chats as texts, with a placeholder for each image, and the images' files.</param>
    public static Answer[] Ask(string folder, int count, params (string Prompt, string[] Images)[] questions)
    {
        var asked = new JsonArray([.. questions.Select(question => new JsonObject
        {
            ["prompt"] = question.Prompt,
            ["images"] = new JsonArray([.. question.Images.Select(file => (JsonNode)file)]),
            ["count"] = count,
        })]);
        return [.. JsonNode.Parse(Run(folder, asked.ToJsonString()))!.AsArray()
            .Select(answer => new Answer(Ids(answer!["prompt"]!), Ids(answer["tokens"]!)))];
    }

    private static int[] Ids(JsonNode ids) => [.. ids.AsArray().Select(id => (int)id!)];

    private static string Run(string folder, string questions)
    {
        DirectoryInfo own = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string program = Path.Combine(own.Parent!.Parent!.FullName, "Genai.Client", own.Name, "Genai.Client.dll");
        var start = new ProcessStartInfo("dotnet", [program, folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ORT_DISABLE_TELEMETRY"] = "1";
        using Process client = Process.Start(start)!;
        Task<string> output = client.StandardOutput.ReadToEndAsync(), errors = client.StandardError.ReadToEndAsync();
        client.StandardInput.Write(questions);
        client.StandardInput.Close();
        client.WaitForExit();
        Assert.True(client.ExitCode == 0, errors.Result + output.Result);
        return output.Result;
    }
}

// Answers questions with an exported folder:
//   dotnet Genai.Client.dll FOLDER < questions.json > answers.json
// Questions are {"prompt": text, "images": files, "count": most new tokens}; answers are {"prompt": ids, "tokens": new ids}.

using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntimeGenAI;

// The client looks for ONNX Runtime beside its own library. Natives lie in their packages here, so it is loaded first.
_ = OrtEnv.Instance();
using OgaHandle lifetime = new();
using Model model = new(args[0]);
using MultiModalProcessor processor = new(model);
var answers = new JsonArray();
foreach (JsonNode? question in JsonNode.Parse(Console.In.ReadToEnd())!.AsArray())
    answers.Add(Answer(question!));
Console.Out.WriteLine(answers.ToJsonString());

JsonNode Answer(JsonNode question)
{
    string[] files = [.. question["images"]!.AsArray().Select(file => (string)file!)];
    using Images? images = files.Length == 0 ? null : Images.Load(files);
    using NamedTensors inputs = processor.ProcessImages((string)question["prompt"]!, images);
    using GeneratorParams search = new(model);
    using Generator generator = new(model, search);
    generator.SetInputs(inputs);
    int before = generator.GetSequence(0).Length;
    for (int i = 0; i < (int)question["count"]! && !generator.IsDone(); i++)
        generator.GenerateNextToken();
    int[] all = generator.GetSequence(0).ToArray();
    return new JsonObject { ["prompt"] = Ids(all[..before]), ["tokens"] = Ids(all[before..]) };
}

static JsonArray Ids(int[] ids) => [.. ids.Select(id => (JsonNode)id)];

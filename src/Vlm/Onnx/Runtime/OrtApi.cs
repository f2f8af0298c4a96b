using System.Runtime.InteropServices;

namespace Vlm.Onnx.Runtime;

/// <summary>
/// The functions of ONNX Runtime's C API that the project uses, under their C names. The library hands out a table of
/// functions that only ever grows at its end, so a function's place in it never changes
/// (https://onnxruntime.ai/docs/api/c/struct_ort_api.html lists them in order). A status of null is success.
/// </summary>
internal sealed unsafe class OrtApi
{
    // Opset 17 and the CUDA options need less; a library as old as this version is still asked for nothing it lacks.
    private const uint Version = 17;

    private static readonly Lock Gate = new();
    private static OrtApi? s_instance;

    public readonly delegate* unmanaged<nint, byte*> GetErrorMessage;
    public readonly delegate* unmanaged<int, byte*, nint*, nint> CreateEnv;
    public readonly delegate* unmanaged<nint, byte*, nint, nint*, nint> CreateSession;
    public readonly delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint> Run;
    public readonly delegate* unmanaged<nint*, nint> CreateSessionOptions;
    public readonly delegate* unmanaged<nint, int, nint> SetSessionGraphOptimizationLevel;
    public readonly delegate* unmanaged<nint, int, nint> SetIntraOpNumThreads;
    public readonly delegate* unmanaged<nint, nuint*, nint> SessionGetInputCount;
    public readonly delegate* unmanaged<nint, nuint*, nint> SessionGetOutputCount;
    public readonly delegate* unmanaged<nint, nuint*, nint> SessionGetOverridableInitializerCount;
    public readonly delegate* unmanaged<nint, nuint, nint*, nint> SessionGetInputTypeInfo;
    public readonly delegate* unmanaged<nint, nuint, nint*, nint> SessionGetOutputTypeInfo;
    public readonly delegate* unmanaged<nint, nuint, nint*, nint> SessionGetOverridableInitializerTypeInfo;
    public readonly delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetInputName;
    public readonly delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetOutputName;
    public readonly delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetOverridableInitializerName;
    public readonly delegate* unmanaged<nint, long*, nuint, int, nint*, nint> CreateTensorAsOrtValue;
    public readonly delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint> CreateTensorWithDataAsOrtValue;
    public readonly delegate* unmanaged<nint, void**, nint> GetTensorMutableData;
    public readonly delegate* unmanaged<nint, nint*, nint> CastTypeInfoToTensorInfo;
    public readonly delegate* unmanaged<nint, int*, nint> GetTensorElementType;
    public readonly delegate* unmanaged<nint, nuint*, nint> GetDimensionsCount;
    public readonly delegate* unmanaged<nint, long*, nuint, nint> GetDimensions;
    public readonly delegate* unmanaged<nint, byte**, nuint, nint> GetSymbolicDimensions;
    public readonly delegate* unmanaged<nint, nint*, nint> GetTensorTypeAndShape;
    public readonly delegate* unmanaged<byte*, int, int, int, nint*, nint> CreateMemoryInfo;
    public readonly delegate* unmanaged<nint, void*, nint> AllocatorFree;
    public readonly delegate* unmanaged<nint*, nint> GetAllocatorWithDefaultOptions;
    public readonly delegate* unmanaged<nint, void> ReleaseStatus;
    public readonly delegate* unmanaged<nint, void> ReleaseMemoryInfo;
    public readonly delegate* unmanaged<nint, void> ReleaseSession;
    public readonly delegate* unmanaged<nint, void> ReleaseValue;
    public readonly delegate* unmanaged<nint, void> ReleaseTypeInfo;
    public readonly delegate* unmanaged<nint, void> ReleaseTensorTypeAndShapeInfo;
    public readonly delegate* unmanaged<nint, void> ReleaseSessionOptions;
    public readonly delegate* unmanaged<byte***, int*, nint> GetAvailableProviders;
    public readonly delegate* unmanaged<byte**, int, nint> ReleaseAvailableProviders;
    public readonly delegate* unmanaged<nint, byte*, byte*, nint> AddSessionConfigEntry;
    public readonly delegate* unmanaged<nint, nint, nint, nint> RunWithBinding;
    public readonly delegate* unmanaged<nint, nint*, nint> CreateIoBinding;
    public readonly delegate* unmanaged<nint, void> ReleaseIoBinding;
    public readonly delegate* unmanaged<nint, byte*, nint, nint> BindInput;
    public readonly delegate* unmanaged<nint, byte*, nint, nint> BindOutputToDevice;
    public readonly delegate* unmanaged<nint, nint, nint**, nuint*, nint> GetBoundOutputValues;
    public readonly delegate* unmanaged<nint, void> ClearBoundOutputs;
    public readonly delegate* unmanaged<nint, nint*, nint> GetTensorMemoryInfo;
    public readonly delegate* unmanaged<nint, nint, nint> AppendCuda;
    public readonly delegate* unmanaged<nint*, nint> CreateCudaOptions;
    public readonly delegate* unmanaged<nint, byte**, byte**, nuint, nint> UpdateCudaOptions;
    public readonly delegate* unmanaged<nint, void> ReleaseCudaOptions;
    public readonly delegate* unmanaged<nint, int*, void> MemoryInfoGetDeviceType;

    private OrtApi(nint library, string file)
    {
        File = file;
        var functions = (void**)Table(library, file);

        GetErrorMessage = (delegate* unmanaged<nint, byte*>)functions[2];
        CreateEnv = (delegate* unmanaged<int, byte*, nint*, nint>)functions[3];
        CreateSession = (delegate* unmanaged<nint, byte*, nint, nint*, nint>)functions[7];
        Run = (delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)functions[9];
        CreateSessionOptions = (delegate* unmanaged<nint*, nint>)functions[10];
        SetSessionGraphOptimizationLevel = (delegate* unmanaged<nint, int, nint>)functions[23];
        SetIntraOpNumThreads = (delegate* unmanaged<nint, int, nint>)functions[24];
        SessionGetInputCount = (delegate* unmanaged<nint, nuint*, nint>)functions[30];
        SessionGetOutputCount = (delegate* unmanaged<nint, nuint*, nint>)functions[31];
        SessionGetOverridableInitializerCount = (delegate* unmanaged<nint, nuint*, nint>)functions[32];
        SessionGetInputTypeInfo = (delegate* unmanaged<nint, nuint, nint*, nint>)functions[33];
        SessionGetOutputTypeInfo = (delegate* unmanaged<nint, nuint, nint*, nint>)functions[34];
        SessionGetOverridableInitializerTypeInfo = (delegate* unmanaged<nint, nuint, nint*, nint>)functions[35];
        SessionGetInputName = (delegate* unmanaged<nint, nuint, nint, byte**, nint>)functions[36];
        SessionGetOutputName = (delegate* unmanaged<nint, nuint, nint, byte**, nint>)functions[37];
        SessionGetOverridableInitializerName = (delegate* unmanaged<nint, nuint, nint, byte**, nint>)functions[38];
        CreateTensorAsOrtValue = (delegate* unmanaged<nint, long*, nuint, int, nint*, nint>)functions[48];
        CreateTensorWithDataAsOrtValue =
            (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)functions[49];
        GetTensorMutableData = (delegate* unmanaged<nint, void**, nint>)functions[51];
        CastTypeInfoToTensorInfo = (delegate* unmanaged<nint, nint*, nint>)functions[55];
        GetTensorElementType = (delegate* unmanaged<nint, int*, nint>)functions[60];
        GetDimensionsCount = (delegate* unmanaged<nint, nuint*, nint>)functions[61];
        GetDimensions = (delegate* unmanaged<nint, long*, nuint, nint>)functions[62];
        GetSymbolicDimensions = (delegate* unmanaged<nint, byte**, nuint, nint>)functions[63];
        GetTensorTypeAndShape = (delegate* unmanaged<nint, nint*, nint>)functions[65];
        CreateMemoryInfo = (delegate* unmanaged<byte*, int, int, int, nint*, nint>)functions[68];
        AllocatorFree = (delegate* unmanaged<nint, void*, nint>)functions[76];
        GetAllocatorWithDefaultOptions = (delegate* unmanaged<nint*, nint>)functions[78];
        ReleaseStatus = (delegate* unmanaged<nint, void>)functions[93];
        ReleaseMemoryInfo = (delegate* unmanaged<nint, void>)functions[94];
        ReleaseSession = (delegate* unmanaged<nint, void>)functions[95];
        ReleaseValue = (delegate* unmanaged<nint, void>)functions[96];
        ReleaseTypeInfo = (delegate* unmanaged<nint, void>)functions[98];
        ReleaseTensorTypeAndShapeInfo = (delegate* unmanaged<nint, void>)functions[99];
        ReleaseSessionOptions = (delegate* unmanaged<nint, void>)functions[100];
        GetAvailableProviders = (delegate* unmanaged<byte***, int*, nint>)functions[125];
        ReleaseAvailableProviders = (delegate* unmanaged<byte**, int, nint>)functions[126];
        AddSessionConfigEntry = (delegate* unmanaged<nint, byte*, byte*, nint>)functions[130];
        RunWithBinding = (delegate* unmanaged<nint, nint, nint, nint>)functions[133];
        CreateIoBinding = (delegate* unmanaged<nint, nint*, nint>)functions[134];
        ReleaseIoBinding = (delegate* unmanaged<nint, void>)functions[135];
        BindInput = (delegate* unmanaged<nint, byte*, nint, nint>)functions[136];
        BindOutputToDevice = (delegate* unmanaged<nint, byte*, nint, nint>)functions[138];
        GetBoundOutputValues = (delegate* unmanaged<nint, nint, nint**, nuint*, nint>)functions[140];
        ClearBoundOutputs = (delegate* unmanaged<nint, void>)functions[142];
        GetTensorMemoryInfo = (delegate* unmanaged<nint, nint*, nint>)functions[194];
        AppendCuda = (delegate* unmanaged<nint, nint, nint>)functions[204];
        CreateCudaOptions = (delegate* unmanaged<nint*, nint>)functions[205];
        UpdateCudaOptions = (delegate* unmanaged<nint, byte**, byte**, nuint, nint>)functions[206];
        ReleaseCudaOptions = (delegate* unmanaged<nint, void>)functions[208];
        MemoryInfoGetDeviceType = (delegate* unmanaged<nint, int*, void>)functions[225];

        Environment = OrtEnvironment.Create(this);
    }

    /// <summary>The API, loaded at the first call. A failure is not remembered, so set-up can mend it.</summary>
    public static OrtApi Instance
    {
        get
        {
            lock (Gate)
            {
                if (s_instance is null)
                {
                    (nint library, string file) = OrtLibrary.Load();
                    s_instance = new OrtApi(library, file);
                }

                return s_instance;
            }
        }
    }

    /// <summary>The library's file, for messages.</summary>
    public string File { get; }

    /// <summary>What all sessions of the process share. It lives as long as the process.</summary>
    public OrtEnvironment Environment { get; }

    /// <summary>Throws what a status says, and frees it.</summary>
    /// <exception cref="OnnxException">The status is not null.</exception>
    public void Check(nint status)
    {
        if (status == 0)
            return;

        string message = Text(GetErrorMessage(status)).Trim();
        ReleaseStatus(status);
        throw new OnnxException(message);
    }

    /// <summary>A C string that ONNX Runtime owns.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    // OrtApiBase: the function that gives the table of a version, and the one that says the library's own version.
    private static void* Table(nint library, string file)
    {
        var getBase = (delegate* unmanaged<void**>)NativeLibrary.GetExport(library, "OrtGetApiBase");
        void** start = getBase();
        void* table = ((delegate* unmanaged<uint, void*>)start[0])(Version);
        string version = Text(((delegate* unmanaged<byte*>)start[1])());
        return table is not null ? table : throw new UsageException(
            $"the ONNX Runtime library is version {version}, and 1.{Version} or later is needed", file,
            $"{OrtLibrary.Variable}=/path/to/libonnxruntime.so of a later version");
    }
}
